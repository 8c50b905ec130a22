//! The load: connections that send one body after another and wait for each answer. Floor and product are loaded by the
//! same code on the same machine, so that the two figures of one run can be divided.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// What a load found.
pub(crate) struct Load {
    /// Bytes of bodies that were answered 200, per second.
    pub(crate) bytes_per_second: f64,
    /// Answers other than 200.
    pub(crate) refused: usize,
    /// From the first byte sent to the answer read, ascending.
    latencies: Vec<Duration>,
}

impl Load {
    pub(crate) fn latency(&self, quantile: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index of a short list"
        )]
        let at = (last as f64 * quantile) as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

pub(crate) fn run(bodies: &Arc<Vec<Vec<u8>>>, address: &str, connections: usize, time: Duration) -> Result<Load> {
    let start = Instant::now();
    let senders: Vec<_> = (0..connections)
        .map(|number| {
            let (bodies, address) = (Arc::clone(bodies), address.to_owned());
            // Connections begin at different bodies, or all of them would send the largest at the same time.
            thread::spawn(move || send(&bodies, &address, number * 7, start, time))
        })
        .collect();
    let mut load = Load { bytes_per_second: 0.0, refused: 0, latencies: Vec::new() };
    let mut bytes = 0;
    for sender in senders {
        let sent = sender.join().expect("a sender does not panic")?;
        bytes += sent.bytes;
        load.refused += sent.refused;
        load.latencies.extend(sent.latencies);
    }
    load.bytes_per_second = crate::table::per_second(bytes, start.elapsed());
    load.latencies.sort_unstable();
    Ok(load)
}

#[derive(Default)]
struct Sent {
    bytes: usize,
    refused: usize,
    latencies: Vec<Duration>,
}

fn send(bodies: &[Vec<u8>], address: &str, first: usize, start: Instant, time: Duration) -> Result<Sent> {
    let mut to = TcpStream::connect(address).with_context(|| format!("nothing listens on {address}"))?;
    to.set_nodelay(true)?;
    let mut from = BufReader::new(to.try_clone()?);
    let mut sent = Sent::default();
    for body in bodies.iter().cycle().skip(first % bodies.len()) {
        if start.elapsed() >= time {
            break;
        }
        let begun = Instant::now();
        let head = format!(
            "POST /s/?compression=gzip-js HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        to.write_all(head.as_bytes())?;
        to.write_all(body)?;
        let message = Message::read(&mut from)?.context("the server closed the connection")?;
        sent.latencies.push(begun.elapsed());
        if message.first_line.contains(" 200") {
            sent.bytes += body.len();
        } else {
            sent.refused += 1;
        }
    }
    Ok(sent)
}

/// An HTTP/1.1 message whose body is of stated length or chunked: all that the two sides here send.
pub(crate) struct Message {
    pub(crate) first_line: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads one; none where the connection was closed before it.
    pub(crate) fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        Self::read_into(from, Vec::new())
    }

    /// As [`Message::read`]; the body goes where an earlier one was.
    pub(crate) fn read_into(from: &mut impl BufRead, mut body: Vec<u8>) -> Result<Option<Self>> {
        let mut first_line = String::new();
        if from.read_line(&mut first_line)? == 0 {
            return Ok(None);
        }
        let (mut length, mut chunked) = (0, false);
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(from.read_line(&mut line)? > 0, "the connection was closed within the headers");
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            } else if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            } else if header.starts_with("transfer-encoding:") {
                chunked = header.contains("chunked");
            }
        }
        if chunked {
            body.clear();
            read_chunks(from, &mut body)?;
        } else {
            // Not cleared before: what is overwritten need not be zeroed.
            body.resize(length, 0);
            from.read_exact(&mut body)?;
        }
        Ok(Some(Self { first_line, body }))
    }
}

fn read_chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let size =
            u64::from_str_radix(line.trim(), 16).with_context(|| format!("expected a chunk size, found {line:?}"))?;
        from.take(size).read_to_end(body)?;
        let mut end = [0; 2];
        from.read_exact(&mut end)?;
        if size == 0 {
            return Ok(());
        }
    }
}
