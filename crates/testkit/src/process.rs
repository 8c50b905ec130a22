//! `cassette serve` as a child process.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Client, Settings};

/// How long a start may take before the test gives up. Debug builds on a busy machine are slow; a hang is longer.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running server. Dropping it kills it.
pub struct Process {
    child: Child,
    base: String,
    key: String,
    output: Arc<Mutex<String>>,
    ready_after: Duration,
}

/// How a server ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// From the signal to the end.
    pub took: Duration,
    /// All that it printed.
    pub output: String,
}

impl Process {
    /// Starts the binary on a free port of the loopback interface and waits until it is ready.
    ///
    /// # Panics
    /// When it ends or is not ready within a minute; the message holds what it printed.
    #[must_use]
    pub fn start(binary: &Path, data: &Path, settings: &Settings) -> Self {
        let begun = Instant::now();
        let mut command = Command::new(binary);
        // What a developer has set for a server of their own must not change the one under test.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CASSETTE_") {
                command.env_remove(name);
            }
        }
        command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .args(["--project-token", &settings.token])
            .args(["--api-key", &settings.key])
            .args(&settings.args)
            .envs(settings.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot start {}: {error}", binary.display());
        });
        let output = Arc::new(Mutex::new(String::new()));
        keep(child.stdout.take().expect("piped above"), &output);
        keep(child.stderr.take().expect("piped above"), &output);
        let mut process =
            Self { child, base: String::new(), key: settings.key.clone(), output, ready_after: Duration::ZERO };
        process.wait_until_ready(begun);
        process
    }

    fn wait_until_ready(&mut self, begun: Instant) {
        loop {
            if self.base.is_empty()
                && let Some(base) = address_in(&self.output())
            {
                self.base = base;
            }
            if !self.base.is_empty()
                && let Ok(answer) = self.client().get("/_ready")
                && answer.status == 200
            {
                self.ready_after = begun.elapsed();
                return;
            }
            let ended = self.child.try_wait().expect("our own child");
            if let Some(status) = ended {
                panic!("the server ended with {status} before it was ready:\n{}", self.output());
            }
            assert!(
                begun.elapsed() < READY_WITHIN,
                "the server is not ready after {READY_WITHIN:?}:\n{}",
                self.output()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A client with the API key.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.base, &self.key)
    }

    /// All that it printed until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From the start to the first 200 of `/_ready`.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Resident memory in bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most resident memory it ever had, in bytes.
    #[must_use]
    pub fn peak_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("Linux tells about a running child");
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse::<u64>().ok())
            .map_or(0, |kib| kib * 1024)
    }

    /// Ends it at once, as a power cut would end the process.
    pub fn kill9(mut self) -> Ended {
        self.end(Signal::KILL)
    }

    /// Asks it to end, and waits.
    pub fn terminate(mut self) -> Ended {
        self.end(Signal::TERM)
    }

    fn end(&mut self, signal: Signal) -> Ended {
        let begun = Instant::now();
        let id = i32::try_from(self.child.id()).expect("Linux process ids fit");
        let pid = Pid::from_raw(id).expect("a running child has an id");
        kill_process(pid, signal).expect("our own child can be signalled");
        let status = self.child.wait().expect("our own child");
        let took = begun.elapsed();
        Ended { code: status.code(), took, output: self.output() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Collects a stream line by line, so that the child never waits for us.
fn keep(stream: impl Read + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line);
            output.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            line.clear();
        }
    });
}

/// The first address with a port that the server printed.
fn address_in(output: &str) -> Option<String> {
    let start = output.find("http://127.0.0.1:")?;
    let address = &output[start..];
    let port_at = "http://127.0.0.1:".len();
    let digits = address[port_at..].bytes().take_while(u8::is_ascii_digit).count();
    // The character behind the port must be there too, or half a port could be taken for one.
    let complete = digits > 0 && address.len() > port_at + digits;
    complete.then(|| address[..port_at + digits].to_owned())
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_taken_only_when_it_was_printed_to_its_end() {
        assert_eq!(address_in("listening on http://127.0.0.1:80"), None);
        assert_eq!(
            address_in("listening on http://127.0.0.1:8000/?login=x\n").as_deref(),
            Some("http://127.0.0.1:8000")
        );
    }
}
