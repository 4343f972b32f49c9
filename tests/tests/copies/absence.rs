//! What happens while the controller, or its watches, are away.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use signet_tests::eventually::always;
use signet_tests::rig::Rig;

use super::{ACCEPT, Story};

/// The value of a metric without labels.
fn metric(rig: &Rig, name: &str) -> Result<u64> {
    let text = String::from_utf8(signet_tests::http::get(&rig.metrics_address(), "/metrics")?)?;
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.with_context(|| format!("no {name}"))?
        .parse()
        .context("a number")
}

#[test]
fn a_restart_opens_only_what_changed_and_sees_what_was_withdrawn() -> Result<()> {
    let rig = Rig::start(&["--copy-sealed-secrets"])?;
    let story = Story::new(&rig)?;
    let targets = [story.target("*")?, story.target("*")?, story.target("*")?];
    let [one, two, three] = &targets;
    let value = story.copies_to(&[one, two, three])?;
    let forsaken = Story::new(&rig)?;
    let far = forsaken.target("*")?;
    let last = forsaken.copies_to(&[&far])?;
    forsaken.there(&far, &last)?;
    for target in &targets {
        story.there(target, &value)?;
    }
    for story in [&story, &forsaken] {
        story.says("True", "Copied", &[])?;
    }
    let opened = || metric(&rig, "signet_sealed_secrets_opened_total");
    let verified = || metric(&rig, "signet_sealed_secrets_verified_total");
    always(
        Duration::from_secs(2),
        "one opening each serves all copies",
        || {
            ensure!(opened()? == 2, "{}", opened()?);
            Ok(())
        },
    )?;

    // Nothing has changed.
    let versions = || -> Result<Vec<String>> {
        let all = targets.iter().chain([&story.home]);
        let mut all: Vec<_> = all.map(|it| story.version(it)).collect::<Result<_>>()?;
        all.push(story.sealed()?["metadata"]["resourceVersion"].to_string());
        Ok(all)
    };
    let before = versions()?;
    rig.kill_controller();
    rig.start_controller()?;
    rig.until("both are verified", || {
        ensure!(
            (opened()?, verified()?) == (0, 2),
            "{} {}",
            opened()?,
            verified()?
        );
        Ok(())
    })?;
    assert_eq!(versions()?, before);
    // And what is put back afterwards is seen by the versions of before.
    let edit = r#"{"stringData":{"password":"mine"}}"#;
    let edited = |namespace: &str| {
        let arguments = [
            "patch",
            "secret",
            "db",
            "-n",
            namespace,
            "--type=merge",
            "-p",
            edit,
        ];
        rig.kubectl().run(&arguments)
    };
    edited(two)?;
    story.there(two, &value)?;
    story.says("True", "Copied", &[])?;

    // While nobody looked, one copy was edited, one consent withdrawn, one SealedSecret deleted.
    let before = versions()?;
    rig.kill_controller();
    edited(one)?;
    story.annotate("namespace", three, &format!("{ACCEPT}-"))?;
    rig.kubectl()
        .run(&["delete", "sealedsecret", "db", "-n", &forsaken.home])?;
    rig.start_controller()?;
    story.there(one, &value)?;
    story.gone(three)?;
    story.gone(&far)?;
    story.says("False", "NotAccepted", &[three])?;
    assert_eq!(opened()?, 1);
    assert_eq!(
        (story.version(two)?, story.version(&story.home)?),
        (before[1].clone(), before[3].clone())
    );

    // A copy that was deleted while nobody looked.
    rig.kill_controller();
    rig.kubectl().run(&["delete", "secret", "db", "-n", two])?;
    rig.start_controller()?;
    story.there(two, &value)
}

#[test]
fn what_happens_to_copies_while_every_watch_is_broken_is_seen() -> Result<()> {
    let rig = Rig::start_behind_faults(&["--copy-sealed-secrets"])?;
    let faults = rig.faults()?;
    let (story, forsaken) = (Story::new(&rig)?, Story::new(&rig)?);
    let (one, two, far) = (story.target("*")?, story.target("*")?, story.target("*")?);
    let value = story.copies_to(&[&one, &two])?;
    let last = forsaken.copies_to(&[&far])?;
    for (namespace, value) in [(&one, &value), (&two, &value), (&far, &last)] {
        story.there(namespace, value)?;
    }
    story.says("True", "Copied", &[])?;
    // Every watch is told that its starting point is too old (410), and lists anew.
    let broken = || {
        faults.expire_watches(8);
        faults.cut_watches();
    };
    broken();
    rig.kubectl().run(&["delete", "secret", "db", "-n", &one])?;
    story.there(&one, &value)?;
    broken();
    story.annotate("namespace", &two, &format!("{ACCEPT}-"))?;
    rig.kubectl()
        .run(&["delete", "sealedsecret", "db", "-n", &forsaken.home])?;
    story.gone(&two)?;
    story.gone(&far)?;
    story.says("False", "NotAccepted", &[&two, &format!("copied to {one}")])?;
    let deletions = faults.deletions();
    ensure!(deletions.len() == 2, "{deletions:?}");
    Ok(())
}
