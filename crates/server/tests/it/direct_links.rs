//! Links that open a stored file for some minutes, to whoever has them.

use cassette_testkit::{Answer, Export};
use serde_json::{Value, json};

use crate::items::{Item, TOKEN as ITEMS_TOKEN};
use crate::node::START;
use crate::served::{BASE, Served, TOKEN};

impl Served {
    async fn as_stranger(&self, path: &str, headers: &[(&'static str, &'static str)]) -> Answer {
        let (path, headers) = (path.to_owned(), headers.to_vec());
        self.ask(move |client| client.get_as_stranger(&path, &headers).unwrap()).await
    }

    async fn audited(&self) -> usize {
        let lines = self.folder.path().join("projects/1/audit");
        std::fs::read_dir(lines).map_or(0, Iterator::count)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_stored_file_for_minutes_and_nothing_else() {
    let server = Served::start().await;
    let body = String::from_utf8(Item::new("s", 1).event(START, "x").body()).unwrap();
    server.capture(body.replace(ITEMS_TOKEN, TOKEN).into_bytes()).await;
    server.until(&format!("{BASE}/s/blocks"), |listing| !listing["blocks"].as_array().unwrap().is_empty()).await;
    let link = format!("{BASE}/s/direct_link/");
    let early = server.send("POST", &link, &json!({})).await;
    assert_eq!((early.status, &early.json::<Value>()["code"]), (409, &"still_running".into()));
    server.finish("s").await;
    assert_eq!(server.audited().await, 1, "the list of blocks was a watch");

    let answer = server.send("POST", &link, &json!({"expires_in": 60})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let made: Value = answer.json();
    assert_eq!(server.audited().await, 2);
    assert_eq!(made["expires_at"], "2026-11-21T07:16:10.000Z");
    let url = made["url"].as_str().unwrap();
    let path = &url[url.find("/direct/").unwrap()..];
    let file = server.as_stranger(path, &[]).await;
    assert_eq!((file.status, file.body.len() as u64), (200, made["size"].as_u64().unwrap()));
    assert_eq!(file.header("cache-control"), Some("private, no-store"));
    assert_eq!(Export::read_zstd(&file.body).unwrap().meta.session_id, "s");
    let part = server.as_stranger(path, &[("range", "bytes=0-9")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &file.body[..10]));

    for (other, status) in [
        (path.replace("/s.r1", "/t.r1"), 403),
        (path.replace(".r1?", ".r2?"), 403),
        (path.replace("expires=", "expires=9"), 403),
        (path.replace("/direct/1/", "/direct/x/"), 404),
        (path.split('?').next().unwrap().to_owned(), 400),
    ] {
        let refused = server.as_stranger(&other, &[]).await;
        assert_eq!(refused.status, status, "{other}: {}", refused.text());
    }
    server.clock.advance(61_000);
    let late = server.as_stranger(path, &[]).await;
    assert_eq!((late.status, &late.json::<Value>()["detail"]), (403, &"This link has run out.".into()));
    for (path, body, status) in
        [("s", json!({"expires_in": 3601}), 400), ("s", json!({"expires_in": "long"}), 400), ("none", json!({}), 404)]
    {
        let refused = server.send("POST", &format!("{BASE}/{path}/direct_link"), &body).await;
        assert_eq!(refused.status, status, "{path} {body}: {}", refused.text());
    }
}
