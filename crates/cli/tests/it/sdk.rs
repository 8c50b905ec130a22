//! A made-up SDK: the smallest bodies that the server takes.

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::GzEncoder};

/// The token of the test servers.
pub(crate) const TOKEN: &str = "phc_demo_token";

/// One `$snapshot` item.
pub(crate) struct Item<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) session: &'a str,
    pub(crate) window: &'a str,
    /// JSON texts.
    pub(crate) events: &'a [String],
}

impl<'a> Item<'a> {
    pub(crate) fn new(uuid: &'a str, session: &'a str, events: &'a [String]) -> Self {
        Self { uuid, session, window: "window-1", events }
    }

    pub(crate) fn text(&self) -> String {
        format!(
            r#"{{"uuid":"{}","event":"$snapshot","properties":{{"$snapshot_data":[{}],"$session_id":"{}","$window_id":"{}","token":"{TOKEN}","distinct_id":"someone"}}}}"#,
            self.uuid,
            self.events.join(","),
            self.session,
            self.window
        )
    }

    /// A request body with this item alone.
    pub(crate) fn body(&self) -> Vec<u8> {
        format!("[{}]", self.text()).into_bytes()
    }
}

/// A custom event that carries a name to be found again.
pub(crate) fn marker(time: i64, name: &str) -> String {
    format!(r#"{{"type":5,"timestamp":{time},"data":{{"tag":"marker","payload":{{"name":"{name}"}}}}}}"#)
}

/// The name that a [`marker`] carries.
pub(crate) fn marker_name(event: &str) -> Option<&str> {
    let rest = event.split_once(r#""payload":{"name":""#)?.1;
    Some(rest.split_once('"')?.0)
}

/// A page of about this many bytes.
pub(crate) fn full_snapshot(time: i64, bytes: usize) -> String {
    let mut texts = String::new();
    let mut id = 4;
    while texts.len() < bytes {
        write!(texts, r#",{{"type":3,"textContent":"paragraph number {id} of a page that somebody reads","id":{id}}}"#)
            .expect("writing to a string");
        id += 1;
    }
    format!(
        r#"{{"type":2,"timestamp":{time},"data":{{"node":{{"type":0,"id":1,"childNodes":[{{"type":2,"tagName":"html","attributes":{{}},"id":2,"childNodes":[{{"type":2,"tagName":"body","attributes":{{}},"id":3,"childNodes":[{}]}}]}}]}},"initialOffset":{{"left":0,"top":0}}}}}}"#,
        texts.trim_start_matches(',')
    )
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// A UUID that stands for a name.
pub(crate) fn uuid(name: &str) -> String {
    // FNV-1a, 64 bits: names of tests do not collide.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{:08x}-{:04x}-7000-8000-{:012x}", hash >> 32, hash >> 16 & 0xffff, hash & 0xffff_ffff)
}

/// Now, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the test plays a browser, whose clock is the real one")]
pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_millis()).expect("a clock before the year 292 million")
}
