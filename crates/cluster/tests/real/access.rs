//! Who may do what: impersonation, token reviews, access reviews.

use signet_cluster::{Mode, User, Watched};

use crate::{place::Place, watches::next};

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_service_account_has_its_own_rights_and_no_others() {
    let place = Place::new().await;
    let kind = place.config_maps().await;
    let tenant = place
        .cluster
        .as_service_account(&place.namespace, "deployer")
        .unwrap();
    let refused = tenant
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap_err();
    let name = format!("system:serviceaccount:{}:deployer", place.namespace);
    assert!(
        refused.is_forbidden() && refused.message.contains(&name),
        "{refused}"
    );
    let mut watch = Box::pin(tenant.watch_metadata(&kind, Some(&place.namespace), None));
    assert!(matches!(next(&mut watch).await, Watched::Failed(error) if error.is_forbidden()));

    place.allow("deployer").await;
    let applied = tenant
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    assert!(applied.created);
    assert!(
        tenant
            .get_secret(&place.namespace, "any")
            .await
            .is_err_and(|e| e.is_forbidden())
    );
    // The watch that was refused goes on by itself once it is allowed.
    let first = loop {
        match next(&mut watch).await {
            Watched::Listed(object) => break object,
            Watched::Failed(_) | Watched::Restart => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(first["metadata"]["name"], "a");
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_token_has_an_owner_whose_rights_can_be_asked() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    let token = cluster
        .bearer_token()
        .expect("the test's kubeconfig holds a token");
    let user = cluster
        .review_token(&token)
        .await
        .unwrap()
        .expect("the token is somebody's");
    assert!(
        user.groups.iter().any(|group| group == "system:masters"),
        "{user:?}"
    );
    assert_eq!(cluster.review_token("nobody's token").await, Ok(None));
    assert_eq!(cluster.review_token("").await, Ok(None));

    place.allow("deployer").await;
    let name = format!("system:serviceaccount:{}:deployer", place.namespace);
    let tenant = User {
        name,
        ..User::default()
    };
    let may = async |user: &User, resource: &str| {
        cluster
            .may(user, "get", "", resource, &place.namespace, "a")
            .await
            .unwrap()
    };
    assert!(may(&user, "secrets").await);
    assert!(may(&tenant, "configmaps").await);
    assert!(!may(&tenant, "secrets").await);
    assert!(!may(&User::default(), "configmaps").await);
}
