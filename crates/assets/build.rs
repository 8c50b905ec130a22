//! Builds `web/` with Node and writes a table of its files for `src/lib.rs` to embed.
//!
//! The only build script of the workspace that starts npm. It writes below `OUT_DIR` and nowhere else: `web/` is copied
//! there first, so that a build never touches the checkout, and two builds with other profiles never meet. It runs
//! again only when a file of `web/` changed; `npm ci` only when what decides its outcome did.

#[path = "build/embed.rs"]
mod embed;
#[path = "build/node.rs"]
mod node;
#[path = "build/sources.rs"]
mod sources;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            for line in sentence.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    // Asked for when it runs: two clones that share a target directory share this program too.
    let package =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR for build scripts"));
    let web = package.join("../../web");
    let (copy, dist) = (out.join("web"), out.join("dist"));

    for watched in sources::top_level(&web)? {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
    println!("cargo::rerun-if-env-changed=CARGO_MANIFEST_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");

    node::check()?;
    sources::copy(&web, &copy)?;
    node::install(&copy, &out.join("installed.sha256"))?;
    sources::remove(&dist)?;
    node::bundle(&copy, &dist)?;
    embed::write(&dist, &out)
}
