//! Who gets a copy, and who does not.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::eventually::always;
use signet_tests::rig::{Rig, condition};

use super::{ACCEPT, Story, shared};

#[test]
fn a_copy_is_kept_where_it_is_asked_for_and_accepted() -> Result<()> {
    let story = Story::new(shared()?)?;
    let by_namespace = story.target(&story.home)?;
    let by_name = story.target(&format!("somebody,{}/db", story.home))?;
    let closed = story.target("somebody")?;
    let value = story.copies_to(&[&by_namespace, &by_name, &closed, "not-there"])?;
    story.there(&story.home, &value)?;
    story.there(&by_namespace, &value)?;
    story.there(&by_name, &value)?;
    let message = story.says("False", "NotAccepted", &[&closed, "not-there", ACCEPT])?;
    assert!(
        message.contains(&format!("copied to {by_namespace}, {by_name}")),
        "{message}"
    );
    assert!(story.absent(&closed)?);

    let copy = story
        .rig
        .kubectl()
        .get_json(&["secret", "db", "-n", &by_name])?;
    let annotations = &copy["metadata"]["annotations"];
    assert_eq!(
        annotations["signet.dev/copied-from"],
        format!("{}/db", story.home)
    );
    assert_eq!(
        annotations["signet.dev/copied-from-uid"],
        story.sealed()?["metadata"]["uid"]
    );
    assert_eq!(copy["metadata"]["ownerReferences"], Value::Null);
    let own = story
        .rig
        .kubectl()
        .get_json(&["secret", "db", "-n", &story.home])?;
    assert_eq!(
        own["metadata"]["annotations"]["signet.dev/copied-from"],
        Value::Null
    );

    // Consent comes later, is withdrawn, and the list grows shorter.
    story.annotate("namespace", &closed, &format!("{ACCEPT}=*"))?;
    story.there(&closed, &value)?;
    story.annotate("namespace", &by_name, &format!("{ACCEPT}-"))?;
    story.gone(&by_name)?;
    story.says("False", "NotAccepted", &[&by_name, "not-there"])?;
    story.annotate(
        "sealedsecret",
        "db",
        &format!("signet.dev/copy-to={closed}"),
    )?;
    story.gone(&by_namespace)?;
    story.says("True", "Copied", &[&format!("copied to {closed}")])?;
    let next = story.copies_to(&[&closed])?;
    story.there(&closed, &next)?;
    let events = story.rig.events(&story.home, "db")?.join("\n");
    assert!(
        events.contains(&format!("Copied: copied to {closed}")),
        "{events}"
    );

    // The SealedSecret goes, and with it what it made; or only what it asked for.
    story.annotate("sealedsecret", "db", "signet.dev/copy-to-")?;
    story.gone(&closed)?;
    story.rig.until("nothing is said of copies", || {
        ensure!(condition(&story.sealed()?, "Copied").0.is_empty());
        Ok(())
    })?;
    story.annotate(
        "sealedsecret",
        "db",
        &format!("signet.dev/copy-to={closed}"),
    )?;
    story.there(&closed, &next)?;
    story
        .rig
        .kubectl()
        .run(&["delete", "sealedsecret", "db", "-n", &story.home])?;
    story.gone(&closed)
}

#[test]
fn a_selector_finds_namespaces_as_they_come_and_tells_of_none_that_do_not_accept() -> Result<()> {
    let story = Story::new(shared()?)?;
    let label = format!("env={}", story.home);
    let labelled = |name: &str, label: &str| {
        let arguments = ["label", "--overwrite", "namespace", name, label];
        story.rig.kubectl().run(&arguments)
    };
    let closed = story.target("")?;
    labelled(&closed, &label)?;
    let value = story.seal("cluster-wide", &[("signet.dev/copy-to-selector", &label)])?;
    story.there(&story.home, &value)?;
    let message = story.says("False", "NotAccepted", &["no namespace that is selected"])?;
    assert!(!message.contains(&closed), "{message}");

    let target = story.target(&story.home)?;
    assert!(story.absent(&target)?, "it accepts, and is not selected");
    labelled(&target, &label)?;
    story.there(&target, &value)?;
    story.says("True", "Copied", &[&target])?;
    let late = story.rig.name("late");
    story.rig.kubectl().apply(&format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {late}, labels: {{env: {}}}, annotations: {{{ACCEPT}: '{}/db'}}}}\n",
        story.home, story.home
    ))?;
    story.there(&late, &value)?;
    labelled(&target, "env=other")?;
    story.gone(&target)?;
    assert!(story.absent(&closed)?);

    // Gone and made again, as environments for reviews are.
    story.rig.kubectl().run(&["delete", "namespace", &late])?;
    story.says("False", "NotAccepted", &["no namespace that is selected"])?;
    story.rig.kubectl().apply(&format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {late}, labels: {{env: {}}}, annotations: {{{ACCEPT}: '*'}}}}\n",
        story.home
    ))?;
    story.there(&late, &value)
}

#[test]
fn what_is_not_cluster_wide_is_not_copied() -> Result<()> {
    let story = Story::new(shared()?)?;
    let target = story.target("*")?;
    for scope in ["strict", "namespace-wide"] {
        let value = story.seal(scope, &[("signet.dev/copy-to", &target)])?;
        story.there(&story.home, &value)?;
        story.says(
            "False",
            "NotClusterWide",
            &["nothing is copied", "--scope cluster-wide"],
        )?;
        assert!(story.absent(&target)?, "{scope}");
    }
    let value = story.seal("cluster-wide", &[("signet.dev/copy-to", "Not-A-Name")])?;
    story.there(&story.home, &value)?;
    story.says("False", "Unreadable", &["signet.dev/copy-to", "Not-A-Name"])?;
    Ok(())
}

#[test]
fn a_tenant_reaches_no_namespace_that_does_not_accept_him() -> Result<()> {
    let story = Story::new(shared()?)?;
    let rig = story.rig;
    let victim = story.target("somebody-else")?;
    let kubectl = rig.kubectl().in_namespace(&story.home);
    kubectl.run(&["create", "serviceaccount", "tenant"])?;
    kubectl.run(&[
        "create",
        "role",
        "tenant",
        "--verb=*",
        "--resource=sealedsecrets.bitnami.com,secrets",
    ])?;
    let account = format!("{}:tenant", story.home);
    kubectl.run(&[
        "create",
        "rolebinding",
        "tenant",
        "--role=tenant",
        &format!("--serviceaccount={account}"),
    ])?;
    let user = format!("system:serviceaccount:{account}");
    let tenant = |arguments: &[&str]| kubectl.run(&[arguments, &["--as", &user]].concat());

    let value = story.seal("cluster-wide", &[])?;
    story.there(&story.home, &value)?;
    let selector = format!(
        "signet.dev/copy-to-selector=kubernetes.io/metadata.name in ({victim},kube-public)"
    );
    let everywhere = format!("signet.dev/copy-to={victim},kube-system,signet-system,default");
    rig.until("the tenant may", || {
        tenant(&[
            "annotate",
            "--overwrite",
            "sealedsecret",
            "db",
            &everywhere,
            &selector,
        ])
    })?;
    // What he writes on Secrets of his own convinces nobody either.
    tenant(&["annotate", "secret", "db", &format!("{ACCEPT}=*")])?;
    let consent = tenant(&["annotate", "namespace", &victim, &format!("{ACCEPT}=*")]);
    assert!(
        consent.unwrap_err().to_string().contains("Forbidden"),
        "he cannot consent for others"
    );
    let message = story.says(
        "False",
        "NotAccepted",
        &[&victim, "kube-system", "signet-system"],
    )?;
    assert!(!message.contains("copied to"), "{message}");
    always(Duration::from_secs(2), "nothing is there", || {
        for namespace in [
            &victim,
            "kube-system",
            "kube-public",
            "signet-system",
            "default",
        ] {
            ensure!(story.absent(namespace)?, "{namespace}");
        }
        Ok(())
    })
}

#[test]
fn the_sealing_keys_get_no_company_whatever_their_namespace_accepts() -> Result<()> {
    let story = Story::new(shared()?)?;
    story.annotate(
        "namespace",
        "signet-system",
        &format!("{ACCEPT}={}", story.home),
    )?;
    story.copies_to(&["signet-system"])?;
    story.says(
        "False",
        "Refused",
        &["signet-system: the sealing keys lie there"],
    )?;
    assert!(story.absent("signet-system")?);
    Ok(())
}

#[test]
fn without_the_flag_nothing_is_copied_and_that_is_said() -> Result<()> {
    let story = Story::new(Rig::shared()?)?;
    let target = story.target("*")?;
    let value = story.copies_to(&[&target])?;
    story.there(&story.home, &value)?;
    story.says("False", "NotEnabled", &["--copy-sealed-secrets"])?;
    assert!(story.absent(&target)?);
    let may = |flags: &[&str]| -> Result<bool> {
        let manifests = story.rig.signet(&[&["install"], flags].concat(), "")?;
        story.rig.kubectl().apply(&manifests.succeeded()?)?;
        let account = "system:serviceaccount:signet-system:signet-controller";
        let asked = ["auth", "can-i", "delete", "secrets", "-A", "--as", account];
        Ok(story
            .rig
            .kubectl()
            .run(&asked)
            .is_ok_and(|said| said.trim() == "yes"))
    };
    assert!(!may(&[])?, "by default it may delete no Secret");
    story.rig.until("the right is given", || {
        ensure!(may(&["--copy-sealed-secrets"])?);
        Ok(())
    })
}
