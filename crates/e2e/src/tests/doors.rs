//! What operators and integrators meet: health, metrics, reflection, OpenAPI, the docs page, doctor.

use anyhow::Result;
use proto::user::v1::{GetMeRequest, user_service_client::UserServiceClient};
use serde_json::Value;
use tonic::{Code, transport::Endpoint};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_and_integrators_find_their_doors() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let nobody = stage.nobody()?;
    let operations = crate::client::Client::new(&stage.operations_url())?;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(operations.status(path).await?, 200, "{path}");
    }
    assert_eq!(nobody.status("/metrics").await?, 404, "metrics are not public");
    assert_eq!(nobody.status("/internal/payment/order-success").await?, 404);
    the_documents_work_offline(&stage).await?;
    every_service_refuses_strangers(&stage).await?;
    let report = stage.program(&["doctor"])?;
    assert!(report.contains("USER_GRPC_ADDR") && !report.contains(crate::stage::PASSWORD), "{report}");
    let books = stage.program(&["ledger", "check"])?;
    assert!(books.lines().count() > 5 && books.lines().all(|line| !line.starts_with("BROKEN")), "{books}");
    Ok(())
}

/// OpenAPI 3.1 with the documented paths; the page loads nothing from elsewhere.
async fn the_documents_work_offline(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    let api: Value = serde_json::from_str(&nobody.get("/openapi/dorm.json").await?.text)?;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in [
        "/api/auth/register",
        "/api/expenses/{id}/confirm-split",
        "/api/bills/{id}/review",
        "/api/stats/system",
    ] {
        assert!(api["paths"][path].is_object(), "{path} is not described");
    }
    let page = nobody.get("/docs/").await?;
    assert_eq!(page.status, 200);
    let addresses =
        page.text.match_indices("http").filter(|(at, _)| !page.text[*at..].starts_with("http-equiv")).count();
    assert_eq!(addresses, 0, "the page needs no internet: {}", page.text);
    Ok(())
}

/// A call without a token is refused by the service itself, not only by the gateway.
async fn every_service_refuses_strangers(stage: &Stage) -> Result<()> {
    let (_, address) = stage.grpc()[0];
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    let refused = UserServiceClient::new(channel).get_me(GetMeRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    Ok(())
}
