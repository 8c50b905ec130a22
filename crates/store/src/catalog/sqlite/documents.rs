//! Documents.

use cassette_recording::ProjectId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::super::{CatalogError, Document, DocumentQuery};
use super::failed;
use super::values::{count, signed, size};

/// Puts a document in the place of what was known of it; fewer changes never replace more.
pub(super) fn put(connection: &Connection, document: &Document) -> Result<(), CatalogError> {
    let body = serde_json::to_string(&document.body).expect("a JSON object is JSON");
    connection
        .prepare_cached(
            "INSERT INTO document (project, kind, id, parent, lookup, created_at, changed_at, changes, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (project, kind, id) DO UPDATE
             SET parent = excluded.parent, lookup = excluded.lookup, created_at = excluded.created_at,
                 changed_at = excluded.changed_at, changes = excluded.changes, body = excluded.body
             WHERE document.changes <= excluded.changes",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                document.project.0,
                document.kind,
                document.id,
                document.parent,
                document.lookup,
                document.created_at,
                document.changed_at,
                signed(document.changes),
                body
            ])
        })
        .map_err(failed)?;
    Ok(())
}

pub(super) fn remove(connection: &Connection, project: ProjectId, kind: &str, id: &str) -> Result<(), CatalogError> {
    connection
        .execute("DELETE FROM document WHERE project = ?1 AND kind = ?2 AND id = ?3", params![project.0, kind, id])
        .map_err(failed)?;
    Ok(())
}

pub(super) fn load(
    connection: &Connection,
    project: ProjectId,
    kind: &str,
    id: &str,
) -> Result<Option<Document>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM document WHERE project = ?1 AND kind = ?2 AND id = ?3")
        .map_err(failed)?;
    let row = statement.query_row(params![project.0, kind, id], Stored::of).optional().map_err(failed)?;
    row.map(Stored::read).transpose()
}

pub(super) fn find(connection: &Connection, kind: &str, lookup: &str) -> Result<Option<Document>, CatalogError> {
    // Of two that are found by the same, which their kinds exclude, the earlier one counts.
    let mut statement = connection
        .prepare_cached("SELECT * FROM document WHERE kind = ?1 AND lookup = ?2 ORDER BY created_at, id LIMIT 1")
        .map_err(failed)?;
    let row = statement.query_row(params![kind, lookup], Stored::of).optional().map_err(failed)?;
    row.map(Stored::read).transpose()
}

pub(super) fn list(connection: &Connection, query: &DocumentQuery) -> Result<Vec<Document>, CatalogError> {
    let (beyond, direction) = if query.newest_first { ("<", "DESC") } else { (">", "ASC") };
    let mut sql = "SELECT * FROM document WHERE kind = ?".to_owned();
    let mut values = vec![Value::Text(query.kind.to_owned())];
    if let Some(project) = query.project {
        sql.push_str(" AND project = ?");
        values.push(Value::Integer(project.0.into()));
    }
    if let Some(parent) = &query.parent {
        sql.push_str(" AND parent = ?");
        values.push(Value::Text(parent.clone()));
    }
    if let Some((at, id)) = &query.after {
        sql.push_str(&format!(" AND (created_at, id) {beyond} (?, ?)"));
        values.extend([Value::Integer(*at), Value::Text(id.clone())]);
    }
    sql.push_str(&format!(" ORDER BY created_at {direction}, id {direction} LIMIT ?"));
    values.push(Value::Integer(size(query.limit)));
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    let rows = statement.query_map(params_from_iter(&values), Stored::of).map_err(failed)?;
    rows.map(|row| row.map_err(failed)?.read()).collect()
}

/// One search of an index for each parent.
pub(super) fn below(
    connection: &Connection,
    project: ProjectId,
    kind: &str,
    parents: &[String],
) -> Result<Vec<Document>, CatalogError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT * FROM document WHERE kind = ?1 AND parent = ?2 AND project = ?3 ORDER BY created_at, id",
        )
        .map_err(failed)?;
    let mut found = Vec::new();
    for parent in parents {
        let rows = statement.query_map(params![kind, parent, project.0], Stored::of).map_err(failed)?;
        for row in rows {
            found.push(row.map_err(failed)?.read()?);
        }
    }
    Ok(found)
}

/// A row whose body was not read yet.
struct Stored {
    document: Document,
    body: String,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let document = Document {
            project: ProjectId(row.get("project")?),
            kind: row.get("kind")?,
            id: row.get("id")?,
            parent: row.get("parent")?,
            lookup: row.get("lookup")?,
            created_at: row.get("created_at")?,
            changed_at: row.get("changed_at")?,
            changes: count(row, "changes")?,
            body: serde_json::Map::new(),
        };
        Ok(Self { document, body: row.get("body")? })
    }

    fn read(self) -> Result<Document, CatalogError> {
        let body = serde_json::from_str(&self.body)
            .map_err(|cause| CatalogError::Damaged { what: "document", cause: Box::new(cause) })?;
        Ok(Document { body, ..self.document })
    }
}
