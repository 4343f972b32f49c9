//! The artifacts of sources, as Flux's controllers fetch them: plain files, read only.
//!
//! Whoever reaches this listener reads every file of every source, because Flux's consumers show
//! no credentials. It is therefore apart from the others, so that a NetworkPolicy can close it
//! (`signet install` brings one). Secrets are in it as they are committed: sealed.

use std::path::Path;

use axum::Router;
use axum::routing::get;
use tower_http::services::ServeDir;

/// Files below `root`, streamed; no listings. `/` answers, for probes.
pub fn router(root: &Path) -> Router {
    let files = ServeDir::new(root).append_index_html_on_directories(false);
    Router::new()
        .route("/", get(|| async { "ok\n" }))
        .fallback_service(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response, StatusCode, header};
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(method: &str, path: &str, range: Option<&str>) -> Response<Body> {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("artifacts");
        std::fs::create_dir_all(root.join("gitrepository/a/b")).unwrap();
        std::fs::write(root.join("gitrepository/a/b/c.tar.gz"), b"archive").unwrap();
        std::fs::write(directory.path().join("outside"), b"not yours").unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = router(&root).oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Response::from_parts(head, Body::from(body))
    }

    async fn text(answer: Response<Body>) -> String {
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8_lossy(&body).into_owned()
    }

    #[tokio::test]
    async fn an_archive_is_served_whole_and_in_parts() {
        let whole = ask("GET", "/gitrepository/a/b/c.tar.gz", None).await;
        assert_eq!(whole.status(), StatusCode::OK);
        assert_eq!(whole.headers()[header::CONTENT_LENGTH], "7");
        assert_eq!(whole.headers()[header::CONTENT_TYPE], "application/gzip");
        assert_eq!(text(whole).await, "archive");
        let part = ask("GET", "/gitrepository/a/b/c.tar.gz", Some("bytes=2-4")).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(text(part).await, "chi");
        let head = ask("HEAD", "/gitrepository/a/b/c.tar.gz", None).await;
        assert_eq!(text(head).await, "");
        assert_eq!(ask("GET", "/", None).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn nothing_else_is_served_and_nothing_is_written() {
        for path in [
            "/outside",
            "/../outside",
            "/gitrepository/../../outside",
            "/%2e%2e/outside",
            "/gitrepository/%2e%2e%2f%2e%2e%2foutside",
            "//etc/passwd",
            "/gitrepository/a/b",
            "/gitrepository/a/b/none.tar.gz",
        ] {
            let answer = ask("GET", path, None).await;
            let status = answer.status();
            assert!(!text(answer).await.contains("not yours"), "{path}");
            assert_ne!(status, StatusCode::OK, "{path}");
        }
        for method in ["PUT", "POST", "DELETE"] {
            let answer = ask(method, "/gitrepository/a/b/c.tar.gz", None).await;
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        }
    }
}
