//! `cassette user`: who may log in. The first administrator of a server that others reach is made here, before its start.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use cassette_server::auth::Password;
use cassette_server::clock::{Clock as _, SystemClock};
use cassette_server::serve::DataFolder;
use cassette_server::users::{NewUser, NewUserError, Role, UserRecord, Users};
use cassette_store::catalog::{Catalog as _, Document, DocumentQuery};
use cassette_store::documents::{DocumentError, Documents, kinds};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use ureq::http::Method;

use crate::ending::{Ending, say};
use crate::place::{self, Server, data_folder, must_be_ours, taken};
use crate::{shown, words};

/// Room for an address and for a role.
const EMAIL_WIDTH: usize = 32;
const ROLE_WIDTH: usize = 6;

/// Where the password stands, so that it is neither in the shell's history nor in the list of processes.
const PASSWORD: &str = "CASSETTE_USER_PASSWORD";

/// Users of a folder that nobody works in, or of a running server.
enum Store {
    Folder(Folder),
    Server(Server),
}

struct Folder {
    users: Users,
    documents: Documents,
    runtime: Runtime,
    /// Held for its lock.
    _folder: DataFolder,
}

pub(crate) fn user(words: &words::User) -> anyhow::Result<Ending> {
    match words {
        words::User::Add(words) => add(words),
        words::User::List(words) => list(words),
        words::User::Remove(words) => remove(words),
    }
}

fn add(words: &words::UserAdd) -> anyhow::Result<Ending> {
    let store = Store::open(&words.place)?;
    let password = password(env::var_os(PASSWORD))?;
    let projects: Vec<u32> = words.projects.iter().map(|project| project.0).collect();
    let projects = Some(projects).filter(|projects| !projects.is_empty());
    match store {
        Store::Server(server) => {
            let mut user = json!({
                "email": words.email, "first_name": words.name, "role": words.role, "password": password,
                "may_list": !words.no_list, "may_watch": !words.no_watch,
            });
            user["projects"] = json!(projects);
            server.call(Method::POST, "/api/users", &user)?;
        }
        Store::Folder(folder) => {
            let password = Password::chosen(&password)?;
            folder.must_have(projects.as_deref().unwrap_or_default())?;
            let new = |password| NewUser {
                email: words.email.clone(),
                name: words.name.clone(),
                password: Some(password),
                role: words.role,
                projects,
                may_list: !words.no_list,
                may_watch: !words.no_watch,
            };
            folder.runtime.block_on(async {
                let user = folder.users.create(new(password.hash().await), SystemClock.now()).await?;
                Ok::<_, NewUserError>(folder.users.note_by_operator(&user.id, "created", SystemClock.now()).await?)
            })?;
        }
    }
    writeln!(io::stdout(), "{} may log in as {}", shown::clean(&words.email), words.role.name())?;
    Ok(Ending::Done)
}

fn list(words: &words::UserList) -> anyhow::Result<Ending> {
    let users: Vec<Value> = match &words.place.server {
        Some(url) => {
            let server = Server::new(url, words.place.api_key.as_ref())?;
            let mut answer = server.call(Method::GET, "/api/users", &Value::Null)?;
            serde_json::from_value(answer["results"].take()).context("the server lists no users")?
        }
        // Beside a server that works there, and without making anything.
        None => {
            let folder = place::Folder::open(&data_folder(words.place.data.as_ref()))?;
            let found = folder.catalog()?.documents(DocumentQuery::all(kinds::USERS.name));
            folder.runtime().block_on(found)?.iter().map(as_listed).collect::<Result<_, _>>()?
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if words.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&users)?)?;
    } else if users.is_empty() {
        say("there are no users");
    } else {
        writeln!(out, "{:EMAIL_WIDTH$}  {:ROLE_WIDTH$}  PROJECTS  NAME", "EMAIL", "ROLE")?;
        for user in &users {
            let text = |member: &str| shown::clean(user[member].as_str().unwrap_or("-"));
            let projects = match user["projects"].as_array() {
                None => "all".to_owned(),
                Some(some) => some.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
            };
            let (email, role, name) = (text("email"), text("role"), text("first_name"));
            writeln!(out, "{email:EMAIL_WIDTH$}  {role:ROLE_WIDTH$}  {projects:8}  {name}")?;
        }
    }
    out.flush()?;
    Ok(Ending::Done)
}

/// As the HTTP API lists a user, without what only a server knows.
fn as_listed(document: &Document) -> Result<Value, DocumentError> {
    let record: UserRecord = document.read()?;
    let everywhere = record.role == Role::Admin;
    Ok(json!({
        "id": document.id, "email": record.email, "first_name": record.name, "role": record.role,
        "projects": if everywhere { None } else { record.projects },
        "may_list": record.may_list || everywhere, "may_watch": record.may_watch || everywhere,
        "has_password": record.password.is_some(),
    }))
}

fn remove(words: &words::UserRemove) -> anyhow::Result<Ending> {
    let email = words.email.trim().to_lowercase();
    if words.place.server.is_none() {
        must_be_ours(&data_folder(words.place.data.as_ref()))?;
    }
    let removed = match Store::open(&words.place)? {
        Store::Server(server) => {
            let answer = server.call(Method::GET, "/api/users", &Value::Null)?;
            let users = answer["results"].as_array().context("the server lists no users")?;
            let id = users.iter().find(|user| user["email"] == email.as_str()).and_then(|user| user["id"].as_str());
            match id {
                Some(id) => server.call(Method::DELETE, &format!("/api/users/{id}"), &Value::Null).map(|_| true)?,
                None => false,
            }
        }
        Store::Folder(folder) => folder.runtime.block_on(async {
            let Some(user) = folder.users.of_email(&email).await? else { return Ok(false) };
            folder.users.note_by_operator(&user.id, "removed", SystemClock.now()).await?;
            folder.users.remove(&user.id, SystemClock.now()).await?;
            anyhow::Ok(true)
        })?,
    };
    if removed {
        writeln!(io::stdout(), "{} is removed, keys and sessions too", shown::clean(&email))?;
        return Ok(Ending::Done);
    }
    say(&format!("there is no user {email}"));
    Ok(Ending::NotSo)
}

impl Store {
    fn open(words: &words::Place) -> anyhow::Result<Self> {
        if let Some(url) = &words.server {
            return Ok(Self::Server(Server::new(url, words.api_key.as_ref())?));
        }
        let folder = taken(&data_folder(words.data.as_ref()))?;
        let runtime = Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
        let store = runtime.block_on(folder.store())?;
        let documents = Documents::new(store.bucket, store.catalog);
        let users = Users::new(documents.clone());
        Ok(Self::Folder(Folder { users, documents, runtime, _folder: folder }))
    }
}

impl Folder {
    fn must_have(&self, projects: &[u32]) -> anyhow::Result<()> {
        for id in projects.iter().copied() {
            let project = cassette_recording::ProjectId(id);
            let known = self.runtime.block_on(self.documents.get(&kinds::SETTINGS, project, "project"))?;
            ensure!(known.is_some(), "there is no project {id}");
        }
        Ok(())
    }
}

/// From the environment, or from whoever sits at the terminal, who types it twice and does not see it.
fn password(given: Option<OsString>) -> anyhow::Result<String> {
    if let Some(given) = given {
        return given.into_string().ok().with_context(|| format!("{PASSWORD} is no text"));
    }
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to ask for the password: put it into {PASSWORD}");
    }
    let first = typed("Password: ")?;
    ensure!(typed("The same again: ")? == first, "these are two different passwords");
    Ok(first)
}

fn typed(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    io::stderr().flush()?;
    let is_hidden = echo(false);
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if is_hidden {
        echo(true);
        eprintln!();
    }
    read.context("the terminal cannot be read")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Whether the terminal now does as it was told.
fn echo(shown: bool) -> bool {
    let word = if shown { "echo" } else { "-echo" };
    let mut stty = Command::new("stty");
    stty.arg(word).stdin(Stdio::inherit()).stdout(Stdio::null()).stderr(Stdio::null());
    stty.status().is_ok_and(|status| status.success())
}
