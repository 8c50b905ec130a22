//! As much of HTTP/1.1 as a stand-in needs: one request a connection.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
};

/// A request without a body.
pub(super) struct Request {
    pub(super) target: String,
    pub(super) authorization: Option<String>,
}

impl Request {
    /// `None` where the connection was opened for nothing.
    pub(super) fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut lines = BufReader::new(stream).lines();
        let Some(first) = lines.next() else { return Ok(None) };
        let first = first?;
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut authorization = None;
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            if name.eq_ignore_ascii_case("authorization") {
                authorization = Some(value.trim().to_owned());
            }
        }
        Ok(Some(Self { target, authorization }))
    }

    /// The path without the query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A value of the query.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| *key == name);
        values.next().map(|(_, value)| decoded(value))
    }
}

fn decoded(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, more @ ..] = rest {
        let byte = match (first, more) {
            (b'%', [high, low, ..]) => {
                let hex = std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                rest = &more[2..];
                hex.unwrap_or(b'?')
            }
            (b'+', _) => {
                rest = more;
                b' '
            }
            _ => {
                rest = more;
                *first
            }
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Sends it, and at most so many bytes of its body.
    pub(super) fn send(&self, mut stream: &TcpStream, bytes: usize) -> io::Result<()> {
        let mut head = format!(
            "HTTP/1.1 {} Stand-in\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(head.as_bytes())?;
        stream.write_all(b"\r\n")?;
        stream.write_all(&self.body[..bytes.min(self.body.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_query_are_decoded() {
        let target = "/a/?x=1&after=a%2Bb%3D+c&y=".to_owned();
        let request = Request { target, authorization: None };
        assert_eq!(request.path(), "/a/");
        assert_eq!(request.value("after").as_deref(), Some("a+b= c"));
        assert_eq!((request.value("y").as_deref(), request.value("z")), (Some(""), None));
    }
}
