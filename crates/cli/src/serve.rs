//! `cassette serve`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use cassette_server::clock::SystemClock;
use cassette_server::config::Config;
use cassette_server::serve::{Running, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::ending::CANNOT;
use crate::words;

pub(crate) fn serve(options: &words::Serve) -> ExitCode {
    log();
    keep_pages_small();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime.context("the runtime cannot be started").and_then(|runtime| {
        let result = runtime.block_on(run(options));
        // What is left are threads that hold nothing: all that was answered is durable.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cassette: {error:#}");
            ExitCode::from(CANNOT)
        }
    }
}

/// Where the kernel hands out huge pages unasked, an idle server takes twice the memory: two megabytes for each place that was
/// touched once.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "the kernel may use huge pages");
    }
}

async fn run(options: &words::Serve) -> anyhow::Result<()> {
    let config = configuration(options)?;
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    let data = config.data.clone();
    let running = start(config, options.demo, Arc::new(SystemClock)).await?;
    greet(&running, &data)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    running.stop().await;
    Ok(())
}

fn configuration(options: &words::Serve) -> anyhow::Result<Config> {
    let mut flags = Vec::new();
    let mut flag = |key: &'static str, value: Option<String>| flags.extend(value.map(|value| (key, value)));
    flag("data", options.data.as_ref().map(|path| path.display().to_string()));
    flag("listen", options.listen.clone());
    flag("project_token", options.project_token.clone());
    flag("api_key", options.api_key.clone());
    let environment = std::env::vars_os().filter_map(|(name, value)| {
        // A variable that is no text cannot be one of ours.
        Some((name.into_string().ok()?, value.into_string().ok()?))
    });
    Ok(Config::load(options.config.as_deref(), environment, &flags)?)
}

/// Says where to go. On standard output, because scripts read it; logs go to standard error.
fn greet(running: &Running, data: &std::path::Path) -> anyhow::Result<()> {
    let base = format!("http://{}", running.address);
    let mut out = std::io::stdout().lock();
    writeln!(out, "Cassette listens on {base}, data in {}", data.display())?;
    writeln!(out)?;
    writeln!(out, "  Open            {base}/?login={}", running.login_token)?;
    if let Some(token) = &running.demo_login_token {
        writeln!(out, "  Demo shop       {base}/demo/?login={token}")?;
    }
    writeln!(out, "  Project token   {}", running.project_token)?;
    if let Some(key) = &running.new_api_key {
        writeln!(out, "  API key         {key}   (shown this once)")?;
    }
    writeln!(out)?;
    writeln!(out, "Paste this into a page to record it:")?;
    writeln!(out)?;
    writeln!(out, "{}", snippet(&base, &running.project_token))?;
    out.flush()?;
    Ok(())
}

fn snippet(base: &str, token: &str) -> String {
    format!(
        "  <script src=\"{base}/static/array.js\"></script>\n  \
         <script>posthog.init('{token}', {{ api_host: '{base}' }})</script>\n"
    )
}

/// Logs to standard error: lines for people on a terminal, JSON for everything else. `RUST_LOG` chooses what.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match std::io::stderr().is_terminal() {
        true => builder.init(),
        false => builder.json().init(),
    }
}
