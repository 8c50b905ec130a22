//! Links: what they open, for how long, and what they never open.

use serde_json::{Value, json};

use crate::http::{Answer, RECORDINGS, Served, serve};
use crate::node::START;

/// Full pictures at 0 and 5000 ms; something happens at 1000, 6000 and 9000; a request at 6500; the last event at 10 000.
fn events() -> String {
    let at = |ms: i64| START + ms;
    let full = |ms: i64| {
        format!(
            r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[],"id":1}},"initialOffset":{{"left":0,"top":0}}}},"timestamp":{}}}"#,
            at(ms)
        )
    };
    let said = |ms: i64, what: &str| {
        format!(r#"{{"type":5,"data":{{"tag":"said","payload":"{what}"}},"timestamp":{}}}"#, at(ms))
    };
    let request = format!(
        r#"{{"type":6,"data":{{"plugin":"rrweb/network@1","payload":{{"requests":[{{"name":"https://a/b?key=hidden","responseBody":"hidden"}}]}}}},"timestamp":{}}}"#,
        at(6500)
    );
    let page = format!(
        r#"{{"type":4,"data":{{"href":"https://shop.example/","width":100,"height":100}},"timestamp":{}}}"#,
        at(0)
    );
    let all = [
        page,
        full(0),
        said(1000, "early"),
        full(5000),
        said(6000, "middle"),
        request,
        said(9000, "late"),
        said(10_000, "end"),
    ];
    format!("[{}]", all.join(","))
}

async fn with_recordings() -> Served {
    let server = serve().await;
    for session in ["shown", "other"] {
        server.import(session, &events()).await;
    }
    server
}

fn sharing(session: &str) -> String {
    format!("{RECORDINGS}/{session}/sharing/")
}

/// Shares a recording; its token.
async fn share(server: &Served, body: Value) -> String {
    let answer = server.ask("PATCH", &sharing("shown"), body).await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Opens a link as its page does; the pass.
async fn open(server: &Served, token: &str, body: Value) -> Answer {
    server.send("POST", &format!("/shared/{token}"), "", body.to_string().as_bytes()).await
}

async fn pass(server: &Served, token: &str) -> String {
    open(server, token, json!({})).await.expect(200)["shareToken"].as_str().unwrap().to_owned()
}

async fn with_pass(server: &Served, pass: &str, path: &str) -> Answer {
    server.send("GET", path, &format!("authorization: Bearer {pass}\r\n"), b"").await
}

/// All lines of all blocks that a viewer is told of.
async fn lines(server: &Served, pass: &str, session: &str) -> String {
    let listing = with_pass(server, pass, &format!("{RECORDINGS}/{session}/blocks")).await.expect(200);
    let mut all = String::new();
    for block in listing["blocks"].as_array().unwrap() {
        let path = format!("{RECORDINGS}/{session}/blocks/{}?base={}", block["key"], listing["started_at"]);
        let block = with_pass(server, pass, &path).await;
        assert_eq!(block.status, 200, "{}", block.text());
        all += &block.text();
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_nothing_until_it_is_made_and_keeps_its_token() {
    let server = with_recordings().await;
    let before = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!((&before["enabled"], &before["access_token"]), (&json!(false), &Value::Null));
    let token = share(&server, json!({"enabled": true})).await;
    assert_eq!(token.len(), 30);
    let after = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!((&after["enabled"], &after["access_token"], &after["views"]), (&json!(true), &json!(token), &json!(0)));
    for member in
        ["created_at", "settings", "password_required", "share_passwords", "expires_at", "max_views", "allowed_origins"]
    {
        assert!(after.get(member).is_some(), "{member}");
    }
    server.ask("GET", &sharing("nobody"), Value::Null).await.expect(404);
    server.send("GET", &sharing("shown"), "", b"").await.expect(401);
    // As PostHog's documentation writes it; no other write takes the key from the address.
    let by_query = "?personal_api_key=phx_testtesttesttesttesttesttesttest";
    let path = format!("{RECORDINGS}/shown/sharing{by_query}");
    server.send("PATCH", &path, "content-type: application/json;\r\n", b"{\"enabled\": true}").await.expect(200);
    let path = format!("{RECORDINGS}/shown/sharing/refresh{by_query}");
    server.send("POST", &path, "", b"").await.expect(401);
    let refused = server.ask("PATCH", &sharing("shown"), json!({"max_views": "many"})).await.expect(400);
    assert_eq!(refused["attr"], "max_views");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_its_recording_and_nothing_else() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    for page in ["shared", "embedded"] {
        let answer = server.get(&format!("/{page}/{token}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{page}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!answer.header("content-security-policy").unwrap().contains("frame-ancestors"));
        let data = server.get(&format!("/{page}/{token}.json")).await.expect(200);
        assert_eq!((&data["type"], &data["recordings"][0]["id"]), (&json!("recording"), &json!("shown")));
    }
    let facts = json!({
        "id": "shown", "recording_duration": 10,
        "start_time": "2026-11-21T07:15:10.102Z", "end_time": "2026-11-21T07:15:20.102Z"
    });
    let pass = pass(&server, &token).await;
    for query in [format!("?sharing_access_token={token}"), format!("?sharing_access_token={pass}")] {
        assert_eq!(server.get(&format!("{RECORDINGS}/shown/{query}")).await.expect(200), facts);
        server.get(&format!("{RECORDINGS}/shown/blocks{query}")).await.expect(200);
        server.get(&format!("/api/environments/@current/session_recordings/shown/{query}")).await.expect(200);
        server.get(&format!("{RECORDINGS}/other/{query}")).await.expect(404);
        server.get(&format!("{RECORDINGS}/other/blocks{query}")).await.expect(404);
        server.get(&format!("/api/projects/2/session_recordings/shown/{query}")).await.expect(404);
        for below in ["", "/shown/recording", "/shown/live", "/shown/sharing"] {
            server.get(&format!("{RECORDINGS}{below}{query}")).await.expect(403);
        }
        for path in ["/api/projects/1/session_recording_playlists", "/api/projects/1/comments", "/api/schema"] {
            server.get(&format!("{path}{query}")).await.expect(403);
        }
        server.get(&format!("/api/me{query}")).await.expect(403);
        server.send("PATCH", &format!("{RECORDINGS}/shown{query}"), "", b"{\"viewed\":true}").await.expect(403);
        server.send("DELETE", &format!("{RECORDINGS}/shown{query}"), "", b"").await.expect(403);
    }
    server.get(&format!("{RECORDINGS}/shown?sharing_access_token=wrong")).await.expect(401);
    // Whoever is logged in sees no more by a link than others.
    server.ask("GET", &format!("{RECORDINGS}?sharing_access_token={token}"), Value::Null).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_no_settings_no_bodies_and_no_query_strings() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    let pass = pass(&server, &token).await;
    let seen = lines(&server, &pass, "shown").await;
    assert!(seen.contains("early") && seen.contains("https://a/b"), "{seen}");
    assert!(!seen.contains("hidden"), "{seen}");
    let snapshots = format!("{RECORDINGS}/shown/snapshots?sharing_access_token={token}");
    let sources = server.get(&snapshots).await.expect(200);
    let key = |place: usize| sources["sources"][place]["blob_key"].as_str().unwrap().to_owned();
    let last = sources["sources"].as_array().unwrap().len() - 1;
    let range = format!("{snapshots}&source=blob_v2&start_blob_key={}&end_blob_key={}", key(0), key(last));
    let events = server.get(&range).await;
    assert_eq!((events.status, events.header("content-type")), (200, Some("application/jsonl")));
    assert_eq!(events.text().lines().count(), 8);
    assert!(events.text().contains("middle") && !events.text().contains("hidden"));
    let framed = server.get(&format!("{range}&decompress=false")).await.body;
    let length = u32::from_be_bytes(framed[..4].try_into().unwrap()) as usize;
    assert!(framed.len() >= 4 + length);
    server.get(&format!("{snapshots}&source=blob")).await.expect(400);
    server.get(&format!("{snapshots}&source=blob_v2&start_blob_key=7&end_blob_key=7")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_of_the_part_that_is_shown_leaves() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true, "starts_at": 5000, "ends_at": 8000})).await;
    let pass = pass(&server, &token).await;
    let facts = with_pass(&server, &pass, &format!("{RECORDINGS}/shown")).await.expect(200);
    assert_eq!(facts["recording_duration"], 3);
    assert_eq!(facts["start_time"], "2026-11-21T07:15:15.102Z");
    let seen = lines(&server, &pass, "shown").await;
    assert!(seen.contains("middle") && seen.contains("\"timestamp\":1000,"), "{seen}");
    assert!(!seen.contains("early") && !seen.contains("late") && !seen.contains("end\""), "{seen}");
    // Whatever is counted from, and whatever block is asked for.
    let listing = server.ask("GET", &format!("{RECORDINGS}/shown/blocks"), Value::Null).await.expect(200);
    for block in listing["blocks"].as_array().unwrap() {
        for base in [0, START, START + 5000, i64::MAX, i64::MIN] {
            let path = format!("{RECORDINGS}/shown/blocks/{}?base={base}", block["key"]);
            let answer = with_pass(&server, &pass, &path).await;
            assert_eq!(answer.status, if base == START || base == START + 5000 { 200 } else { 400 }, "{base}");
            let text = answer.text();
            assert!(!text.contains("early") && !text.contains("late"), "{base}: {text}");
        }
    }
    let snapshots = format!("{RECORDINGS}/shown/snapshots?sharing_access_token={token}");
    let key = server.get(&snapshots).await.expect(200)["sources"][0]["blob_key"].as_str().unwrap().to_owned();
    let events = server.get(&format!("{snapshots}&source=blob_v2&blob_key={key}")).await.text();
    assert!(events.contains("middle") && !events.contains("early") && !events.contains("late"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_without_a_picture_is_refused_with_the_places_of_pictures() {
    let server = with_recordings().await;
    let refused = server.ask("PATCH", &sharing("shown"), json!({"enabled": true, "starts_at": 6000})).await.expect(400);
    assert_eq!(refused["attr"], "starts_at");
    assert!(refused["detail"].as_str().unwrap().ends_with("0, 5000."), "{refused}");
    let after = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!(after["enabled"], false, "what is refused changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_taken_back_ends_at_once_and_pages_hear_of_it() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    let pass = pass(&server, &token).await;
    let alive = format!("/shared/{token}/alive");
    with_pass(&server, &pass, &alive).await.expect(204);
    share(&server, json!({"enabled": false})).await;
    with_pass(&server, &pass, &alive).await.expect(404);
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown/blocks")).await.expect(401);
    server.get(&format!("{RECORDINGS}/shown?sharing_access_token={token}")).await.expect(401);
    let page = server.get(&format!("/shared/{token}")).await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    open(&server, &token, json!({})).await.expect(404);
    server.get(&format!("/shared/{token}.json")).await.expect(404);
    share(&server, json!({"enabled": true})).await;
    assert_eq!(server.get(&format!("/embedded/{token}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_runs_out_when_it_should() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true, "expires_at": "2026-11-21T07:16:10.102Z"})).await;
    let pass = pass(&server, &token).await;
    server.clock.advance(59_999);
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown")).await.expect(200);
    server.clock.advance(1);
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown")).await.expect(401);
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn openings_are_counted_and_limited_and_requests_are_not() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true, "max_views": 2})).await;
    let first = pass(&server, &token).await;
    for _ in 0..5 {
        with_pass(&server, &first, &format!("{RECORDINGS}/shown/blocks")).await.expect(200);
        assert_eq!(server.get(&format!("/shared/{token}")).await.status, 200, "to fetch the page is no opening");
    }
    server.get(&format!("{RECORDINGS}/shown?sharing_access_token={token}")).await.expect(403);
    pass(&server, &token).await;
    open(&server, &token, json!({})).await.expect(404);
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 404);
    with_pass(&server, &first, &format!("{RECORDINGS}/shown/blocks")).await.expect(200);
    let server = server.again().await;
    let told = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!(told["views"], 2, "they are counted again from what was written down");
    open(&server, &token, json!({})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_opening_leaves_one_line_that_tells_little_of_the_visitor() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    let agent = "user-agent: Mozilla/5.0 (X11) Gecko/20100101 Firefox/115.0\r\nx-forwarded-for: 203.0.113.77\r\n";
    let body = json!({"referrer": "https://wiki.example/page?user=ann"}).to_string();
    let opened = server.send("POST", &format!("/embedded/{token}"), agent, body.as_bytes()).await.expect(200);
    let pass = opened["shareToken"].as_str().unwrap();
    for _ in 0..3 {
        lines(&server, pass, "shown").await;
    }
    let accesses = server.ask("GET", &format!("{}accesses", sharing("shown")), Value::Null).await.expect(200);
    let expected = json!([{
        "time": "2026-11-21T07:15:10.102Z", "address": "203.0.113.0/24", "user_agent": "Firefox",
        "referrer_origin": "https://wiki.example", "password_id": null
    }]);
    assert_eq!((&accesses["count"], &accesses["results"]), (&json!(1), &expected));
    let log = "/api/projects/1/activity_log?subject=shown&action=watched";
    let told = server.ask("GET", log, Value::Null).await;
    assert_eq!(told.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(told.json()["results"][0]["via"], "share");
    assert!(!told.text().contains(&token) && !told.text().contains(pass), "{}", told.text());
    // By the token alone there was no opening: an hour of requests is one.
    for _ in 0..3 {
        server.get(&format!("{RECORDINGS}/shown/blocks?sharing_access_token={token}")).await.expect(200);
    }
    let told = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!(told["views"], 2);
    // Also where the first that a process hears of a share is such a request.
    let server = server.again().await;
    server.get(&format!("{RECORDINGS}/shown/blocks?sharing_access_token={token}")).await.expect(200);
    let told = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!(told["views"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_when_what_it_shows_is_deleted() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    let pass = pass(&server, &token).await;
    server.ask("DELETE", &format!("{RECORDINGS}/shown"), Value::Null).await.expect(204);
    with_pass(&server, &pass, &format!("/shared/{token}/alive")).await.expect(404);
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 404);
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown/blocks")).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_takes_over_after_five_minutes() {
    let server = with_recordings().await;
    let old = share(&server, json!({"enabled": true})).await;
    let by_old = pass(&server, &old).await;
    let answer = server.ask("POST", &format!("{}refresh/", sharing("shown")), Value::Null).await.expect(200);
    let new = answer["access_token"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    let reaches = async |token: &str| server.get(&format!("/shared/{token}")).await.status;
    assert_eq!((reaches(&old).await, reaches(&new).await), (200, 200));
    server.clock.advance(5 * 60 * 1000 - 1);
    assert_eq!(reaches(&old).await, 200);
    with_pass(&server, &by_old, &format!("{RECORDINGS}/shown")).await.expect(200);
    server.clock.advance(1);
    assert_eq!((reaches(&old).await, reaches(&new).await), (404, 200));
    with_pass(&server, &by_old, &format!("{RECORDINGS}/shown")).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_and_ends_with_what_it_opened() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true, "password_required": true})).await;
    let passwords = format!("{}passwords/", sharing("shown"));
    let refused = server.ask("POST", &passwords, json!({"raw_password": "short"})).await.expect(400);
    assert_eq!(refused["attr"], "raw_password");
    let made =
        server.ask("POST", &passwords, json!({"raw_password": "long enough", "note": "for Ann"})).await.expect(201);
    assert_eq!(
        (&made["password"], &made["note"], &made["is_active"]),
        (&json!("long enough"), &json!("for Ann"), &json!(true))
    );
    let made_up = server.ask("POST", &passwords, Value::Null).await.expect(201);
    let other = made_up["password"].as_str().unwrap().to_owned();
    let told = server.ask("GET", &sharing("shown"), Value::Null).await;
    assert!(!told.text().contains("long enough") && !told.text().contains("argon2"), "{}", told.text());
    assert_eq!(told.json()["share_passwords"].as_array().unwrap().len(), 2);

    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 200, "the page asks for the password");
    assert_eq!(open(&server, &token, json!({})).await.expect(401), json!({"error": "Password required"}));
    assert_eq!(
        open(&server, &token, json!({"password": "wrong one"})).await.expect(401),
        json!({"error": "Incorrect password"})
    );
    server.get(&format!("{RECORDINGS}/shown?sharing_access_token={token}")).await.expect(403);
    let form = server.send("POST", &format!("/shared/{token}"), "", b"password=long+enough").await;
    let cookie = form.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=86400", &format!("Path=/shared/{token};")] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pass = form.expect(200)["shareToken"].as_str().unwrap().to_owned();
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown/blocks")).await.expect(200);
    let with_cookie = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    server.send("POST", &format!("/shared/{token}"), &with_cookie, b"").await.expect(200);
    let by_other = open(&server, &token, json!({"password": other})).await.expect(200)["shareToken"].clone();

    let gone = format!("{passwords}{}/", made["id"]);
    server.ask("DELETE", &gone, Value::Null).await.expect(204);
    server.ask("DELETE", &gone, Value::Null).await.expect(404);
    with_pass(&server, &pass, &format!("{RECORDINGS}/shown/blocks")).await.expect(401);
    server.send("POST", &format!("/shared/{token}"), &with_cookie, b"").await.expect(401);
    open(&server, &token, json!({"password": "long enough"})).await.expect(401);
    with_pass(&server, by_other.as_str().unwrap(), &format!("{RECORDINGS}/shown/blocks")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_have_to_wait() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true, "password_required": true})).await;
    let passwords = format!("{}passwords/", sharing("shown"));
    server.ask("POST", &passwords, json!({"raw_password": "long enough"})).await.expect(201);
    for _ in 0..6 {
        open(&server, &token, json!({"password": "wrong one"})).await.expect(401);
    }
    let slowed = open(&server, &token, json!({"password": "long enough"})).await;
    slowed.expect(429);
    assert_eq!(slowed.header("retry-after"), Some("1"));
    server.clock.advance(1000);
    open(&server, &token, json!({"password": "long enough"})).await.expect(200);

    for guess in 0..11 {
        let wrong = format!("{guess:030}");
        assert_eq!(server.get(&format!("/shared/{wrong}")).await.status, 404);
    }
    let slowed = server.get(&format!("/shared/{:030}", 99)).await;
    assert_eq!(slowed.status, 429);
    server.get(&format!("{RECORDINGS}/shown?sharing_access_token=x")).await.expect(429);
    server.clock.advance(1000);
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sites_that_are_named_may_frame_the_page() {
    let server = with_recordings().await;
    let token =
        share(&server, json!({"enabled": true, "allowed_origins": ["https://wiki.example", "http://a.example:81"]}))
            .await;
    for page in ["shared", "embedded"] {
        let answer = server.get(&format!("/{page}/{token}")).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.ends_with("; frame-ancestors https://wiki.example http://a.example:81"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-src 'none'"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), None);
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-dns-prefetch-control"), Some("off"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_collection_opens_what_is_in_it_and_nothing_else() {
    let server = with_recordings().await;
    let playlists = "/api/projects/1/session_recording_playlists";
    let made = server.ask("POST", playlists, json!({"type": "collection", "name": "Checkout"})).await.expect(201);
    let own = format!("{playlists}/{}", made["short_id"].as_str().unwrap());
    server.ask("POST", &format!("{own}/recordings/shown"), Value::Null).await.expect(200);
    let shared = server.ask("PATCH", &format!("{own}/sharing"), json!({"enabled": true})).await.expect(200);
    let token = shared["access_token"].as_str().unwrap();
    let opened = open(&server, token, json!({})).await.expect(200);
    assert_eq!((&opened["type"], &opened["name"]), (&json!("collection"), &json!("Checkout")));
    assert_eq!(opened["recordings"].as_array().unwrap().len(), 1);
    let members: Vec<&String> = opened["recordings"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["end_time", "id", "recording_duration", "start_time"]);
    let pass = opened["shareToken"].as_str().unwrap();
    assert!(lines(&server, pass, "shown").await.contains("early"));
    with_pass(&server, pass, &format!("{RECORDINGS}/other/blocks")).await.expect(404);
    with_pass(&server, pass, &format!("{own}/recordings")).await.expect(403);
    server.ask("DELETE", &format!("{own}/recordings/shown"), Value::Null).await.expect(200);
    with_pass(&server, pass, &format!("{RECORDINGS}/shown/blocks")).await.expect(404);
    server.ask("PATCH", &own, json!({"deleted": true})).await.expect(200);
    open(&server, token, json!({})).await.expect(404);

    let filters = json!({"type": "filters", "filters": {"date_from": "-7d"}});
    let saved = server.ask("POST", playlists, filters).await.expect(201);
    let path = format!("{playlists}/{}/sharing", saved["short_id"].as_str().unwrap());
    server.ask("PATCH", &path, json!({"enabled": true})).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_after_the_catalog_is_lost() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    pass(&server, &token).await;
    server.ask("POST", &format!("{}refresh/", sharing("shown")), Value::Null).await.expect(200);
    let catalog = server.folder.path().join(cassette_server::serve::CATALOG);
    std::fs::write(&catalog, b"damaged").unwrap();
    let server = server.again().await;
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 200, "the retired token, in its time");
    let told = server.ask("GET", &sharing("shown"), Value::Null).await.expect(200);
    assert_eq!((&told["enabled"], &told["views"]), (&json!(true), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_who_asks_too_often_has_to_wait() {
    let server = with_recordings().await;
    let token = share(&server, json!({"enabled": true})).await;
    let pass = pass(&server, &token).await;
    let path = format!("{RECORDINGS}/shown");
    let mut answered = 0;
    let slowed = loop {
        let answer = with_pass(&server, &pass, &path).await;
        if answer.status != 200 {
            break answer;
        }
        answered += 1;
        assert!(answered <= 1000, "nobody has to wait");
    };
    slowed.expect(429);
    assert!(slowed.header("retry-after").is_some() && answered >= 100, "{answered}");
    assert_eq!(server.get(&format!("/shared/{token}")).await.status, 200, "the page itself still comes");
    server.ask("GET", &path, Value::Null).await.expect(200);
}
