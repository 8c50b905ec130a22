//! Writing what the SDK writes.

use cassette_recording::json;
use libdeflater::{CompressionLvl, Compressor};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut out).unwrap();
    out.truncate(length);
    out
}

/// Bytes as a JSON string with one character per byte.
pub(crate) fn string_of_bytes(bytes: &[u8]) -> String {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let mut out = Vec::new();
    json::write_string(&mut out, &text);
    String::from_utf8(out).unwrap()
}

/// A value as the SDK's per-event compression writes it.
pub(crate) fn compressed(value: &str) -> String {
    string_of_bytes(&gzip(value.as_bytes()))
}

/// A request with one `$snapshot` item that holds these events.
pub(crate) fn snapshot_request(events: &[impl AsRef<str>]) -> String {
    let events: Vec<&str> = events.iter().map(AsRef::as_ref).collect();
    format!(
        r#"[{{"event":"$snapshot","properties":{{"$snapshot_data":[{}],"$session_id":"s1","$window_id":"w1","token":"phc_a","distinct_id":"d"}}}}]"#,
        events.join(",")
    )
}
