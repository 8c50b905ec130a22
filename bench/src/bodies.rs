//! The request bodies that product and floor are both given: recorded ones, or made-up ones of the same shape.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result, ensure};
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use serde::Deserialize;

/// Bodies are inflated into a buffer of this size: nothing recorded comes near it.
const LARGEST_TEXT: usize = 64 << 20;

/// Request bodies, gzip, as an SDK sends them to `/s/`.
pub(crate) struct Bodies {
    pub(crate) wire: Vec<Vec<u8>>,
    /// The token that all of them carry.
    pub(crate) token: String,
    /// Where they come from, for the table's heading.
    pub(crate) origin: String,
}

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "f")]
    file: String,
}

impl Bodies {
    /// Recorded bodies: `requests.json` names the files.
    pub(crate) fn recorded(folder: &Path) -> Result<Self> {
        let list = folder.join("requests.json");
        let list = fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
        let requests: Vec<Request> = serde_json::from_slice(&list)?;
        let wire = requests
            .iter()
            .map(|request| {
                let path = folder.join(&request.file);
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
            })
            .collect::<Result<Vec<_>>>()?;
        let origin = format!("{} recorded bodies", wire.len());
        Ok(Self { wire, token: "phc_bench".to_owned(), origin })
    }

    /// Made-up bodies: five visits, each with one large page and then changes to it, events compressed as the SDK does it.
    pub(crate) fn generated() -> Result<Self> {
        let mut wire = Vec::new();
        for visit in 0..5 {
            for part in 0..8 {
                wire.push(gzip(&generated_body(visit, part)?)?);
            }
        }
        let origin = format!("{} generated bodies", wire.len());
        Ok(Self { wire, token: "phc_bench".to_owned(), origin })
    }

    /// The bodies inflated.
    pub(crate) fn texts(&self) -> Result<Vec<Vec<u8>>> {
        self.wire.iter().map(|body| gunzip(body)).collect()
    }
}

pub(crate) fn total(bodies: &[Vec<u8>]) -> usize {
    bodies.iter().map(Vec::len).sum()
}

pub(crate) fn gunzip(body: &[u8]) -> Result<Vec<u8>> {
    // The last four bytes say how long it is; a buffer for the worst case would cost more than inflating does.
    let said = body.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    let mut text = vec![0; said.min(LARGEST_TEXT)];
    let length = Decompressor::new().gzip_decompress(body, &mut text)?;
    text.truncate(length);
    Ok(text)
}

fn gzip(text: &[u8]) -> Result<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut out)?;
    out.truncate(length);
    Ok(out)
}

fn generated_body(visit: u64, part: u64) -> Result<Vec<u8>> {
    let time = 1_795_245_310_000 + part * 10_000;
    let mut events = Vec::new();
    if part == 0 {
        let page = page(visit, 400_000);
        events.push(format!(r#"{{"type":2,"timestamp":{time},"cv":"2024-10","data":{}}}"#, packed(&page)?));
    }
    for step in 0..80 {
        let adds = format!("[{}]", page_nodes(visit * 1000 + part * 80 + step, 6_000));
        let empty = packed("[]")?;
        events.push(format!(
            r#"{{"type":3,"timestamp":{},"cv":"2024-10","data":{{"source":0,"texts":{empty},"attributes":{empty},"removes":{empty},"adds":{}}}}}"#,
            time + step * 100,
            packed(&adds)?
        ));
        events.push(format!(
            r#"{{"type":3,"timestamp":{},"data":{{"source":1,"positions":[{{"x":{},"y":{},"id":7,"timeOffset":-40}}]}}}}"#,
            time + step * 100 + 50,
            step * 7,
            step * 3
        ));
    }
    let body = format!(
        r#"[{{"uuid":"01a1fcf5-801b-7281-b87f-{visit:04x}{part:04x}0000","event":"$snapshot","properties":{{"$snapshot_data":[{}],"$session_id":"01a1fcf5-801b-7281-b87f-{visit:04x}00000000","$window_id":"01a1fcf5-801b-7281-b87f-808599265753","$lib":"web","$lib_version":"1.449.2","token":"phc_bench","distinct_id":"visitor-{visit}"}}}}]"#,
        events.join(",")
    );
    ensure!(body.len() < LARGEST_TEXT, "a generated body is too large");
    Ok(body.into_bytes())
}

fn page(seed: u64, bytes: usize) -> String {
    format!(
        r#"{{"node":{{"type":0,"childNodes":[{{"type":2,"tagName":"body","attributes":{{}},"childNodes":[{}],"id":2}}],"id":1}},"initialOffset":{{"left":0,"top":0}}}}"#,
        page_nodes(seed, bytes)
    )
}

/// Elements with text of common words, so that it compresses as prose does.
fn page_nodes(seed: u64, bytes: usize) -> String {
    const WORDS: [&str; 24] = [
        "the", "of", "function", "returns", "value", "which", "a", "list", "when", "called", "with", "each", "module",
        "type", "is", "and", "must", "not", "be", "empty", "reader", "after", "first", "example",
    ];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let mut out = String::new();
    let mut id = 3;
    while out.len() < bytes {
        if !out.is_empty() {
            out.push(',');
        }
        let mut text = String::new();
        for _ in 0..8 + next(24) {
            let word = usize::try_from(next(24)).unwrap_or(0);
            write!(text, "{} ", WORDS[word]).expect("writing to a string");
        }
        let class = next(40);
        write!(
            out,
            r#"{{"type":2,"tagName":"p","attributes":{{"class":"doc-{class} wide"}},"childNodes":[{{"type":3,"textContent":"{text}","id":{}}}],"id":{id}}}"#,
            id + 1
        )
        .expect("writing to a string");
        id += 2;
    }
    out
}

/// The SDK's compression of a part of an event: gzip, each byte written as the character of the same number.
fn packed(json: &str) -> Result<String> {
    let mut out = String::from("\"");
    for byte in gzip(json.as_bytes())? {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0..0x20 => write!(out, "\\u{byte:04x}").expect("writing to a string"),
            _ => out.push(char::from(byte)),
        }
    }
    out.push('"');
    Ok(out)
}
