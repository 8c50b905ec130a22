//! Licences of everything that is linked: each crate's own expression against the list in `deny.toml`.
//!
//! `cargo deny` does more (bans, sources, advisories) and reads the same file, but is not on every machine; this check is,
//! because it needs nothing but Cargo.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};

use crate::shell::{self, Run, cargo, find_program, root};

pub(crate) fn check() -> Result<()> {
    let allowed = allowed()?;
    let tree = cargo()
        .args(["tree", "--locked", "--workspace", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}|{l}"])
        .output_text()?;
    let crates: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    let mut refused = Vec::new();
    for line in &crates {
        let line = line.trim_end_matches(" (*)");
        let (name, licence) = line.split_once('|').with_context(|| format!("`cargo tree` printed {line:?}"))?;
        if !satisfied(licence, &allowed) {
            refused.push(format!("{name}: {licence:?}"));
        }
    }
    ensure!(refused.is_empty(), "licences not in the list of deny.toml: {}", refused.join(", "));
    println!("{} crates, all under licences that deny.toml lists", crates.len());
    Ok(())
}

/// Runs `cargo deny` where it is installed. It is an addition to [`check`], not a part of the proof, so its absence is
/// said and is no failure.
pub(crate) fn deny() -> Result<()> {
    if find_program(&["cargo-deny"]).is_none() {
        println!(
            "cargo-deny is not installed (`cargo install --locked cargo-deny`): bans and sources were not checked, licences were"
        );
        return Ok(());
    }
    shell::command("cargo-deny").args(["check", "bans", "licenses", "sources"]).run()
}

/// The strings of `allow = [ … ]` under `[licenses]`.
fn allowed() -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join("deny.toml")).context("cannot read deny.toml")?;
    let list = text
        .split_once("[licenses]")
        .and_then(|(_, rest)| rest.split_once("allow = ["))
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(list, _)| list)
        .context("deny.toml has no list `allow` under [licenses]")?;
    Ok(list.split('"').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Whether a licence expression can be met with the allowed licences: `OR` needs one side, `AND` both.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&words, &mut at, allowed);
    met && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(words, at, allowed);
    }
    met
}

fn both(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*at) else {
        return false;
    };
    *at += 1;
    if *word == "(" {
        let met = either(words, at, allowed);
        *at += 1;
        return met;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    fn allowed() -> Vec<String> {
        ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).to_vec()
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_sides_of_and_are_needed() {
        assert!(satisfied("MIT OR GPL-3.0", &allowed()));
        assert!(satisfied("Unlicense/MIT", &allowed()));
        assert!(!satisfied("MIT AND GPL-3.0", &allowed()));
        assert!(satisfied("(GPL-3.0 OR MIT) AND Apache-2.0", &allowed()));
        assert!(satisfied("Apache-2.0 WITH LLVM-exception OR GPL-3.0", &allowed()));
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        assert!(!satisfied("", &allowed()));
        assert!(!satisfied("MIT Apache-2.0", &allowed()));
    }
}
