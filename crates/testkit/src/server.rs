//! A server with a data folder of its own, which can be ended and started again on the same data.

use std::path::{Path, PathBuf};

use crate::{Client, Ended, Process};

/// What a test server is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The project token, the one of the recorded requests unless told otherwise.
    pub token: String,
    /// The API key.
    pub key: String,
    /// More words for the command line.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "phc_demo_token".to_owned(),
            key: "phx_testtesttesttesttesttesttesttest".to_owned(),
            args: Vec::new(),
            env: Vec::new(),
        }
    }
}

impl Settings {
    /// Sets when a quiet recording is finished, such as `2s`.
    #[must_use]
    pub fn finish_after(self, quiet: &str) -> Self {
        self.env("CASSETTE_RECORDING__FINISH_AFTER_IDLE", quiet)
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the project token.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }
}

/// A running server and its data folder, which goes when this goes.
pub struct Server {
    process: Option<Process>,
    binary: PathBuf,
    data: tempfile::TempDir,
    settings: Settings,
}

impl Server {
    /// Starts a server on an empty folder.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn start(binary: impl AsRef<Path>, settings: Settings) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let binary = binary.as_ref().to_owned();
        let process = Process::start(&binary, data.path(), &settings);
        Self { process: Some(process), binary, data, settings }
    }

    /// The running process.
    ///
    /// # Panics
    /// When it was ended.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("the server is running")
    }

    /// A client of the running process.
    #[must_use]
    pub fn client(&self) -> Client {
        self.process().client()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The settings, to be changed before the next start.
    pub fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Ends the process at once.
    ///
    /// # Panics
    /// When it was ended already.
    pub fn kill9(&mut self) -> Ended {
        self.process.take().expect("the server is running").kill9()
    }

    /// Asks the process to end and waits for it.
    ///
    /// # Panics
    /// When it was ended already.
    pub fn terminate(&mut self) -> Ended {
        self.process.take().expect("the server is running").terminate()
    }

    /// Starts it again on the same data.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server is still running");
        self.process = Some(Process::start(&self.binary, self.data.path(), &self.settings));
    }
}
