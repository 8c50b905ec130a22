//! Leases. A released or expired lease keeps its row, because its fence may only grow.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{CatalogError, Fence};
use super::failed;
use super::values::{count, signed};

struct Held {
    owner: String,
    expires_at: i64,
    fence: u64,
}

pub(super) fn take(
    connection: &Connection,
    name: &str,
    owner: &str,
    now: i64,
    ttl_ms: u64,
) -> Result<Option<Fence>, CatalogError> {
    let held = connection
        .query_row("SELECT owner, expires_at, fence FROM lease WHERE name = ?1", params![name], |row| {
            Ok(Held { owner: row.get("owner")?, expires_at: row.get("expires_at")?, fence: count(row, "fence")? })
        })
        .optional()
        .map_err(failed)?;
    let fence = match held {
        None => 1,
        Some(held) if held.expires_at <= now => held.fence + 1,
        Some(held) if held.owner == owner => held.fence,
        Some(_) => return Ok(None),
    };
    connection
        .execute(
            "INSERT INTO lease (name, owner, expires_at, fence) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE
             SET owner = excluded.owner, expires_at = excluded.expires_at, fence = excluded.fence",
            params![name, owner, now.saturating_add(signed(ttl_ms)), signed(fence)],
        )
        .map_err(failed)?;
    Ok(Some(Fence(fence)))
}

pub(super) fn renew(
    connection: &Connection,
    name: &str,
    owner: &str,
    fence: Fence,
    now: i64,
    ttl_ms: u64,
) -> Result<bool, CatalogError> {
    let renewed = connection
        .execute(
            "UPDATE lease SET expires_at = ?4 WHERE name = ?1 AND owner = ?2 AND fence = ?3 AND expires_at > ?5",
            params![name, owner, signed(fence.0), now.saturating_add(signed(ttl_ms)), now],
        )
        .map_err(failed)?;
    Ok(renewed == 1)
}

pub(super) fn release(connection: &Connection, name: &str, owner: &str, fence: Fence) -> Result<(), CatalogError> {
    connection
        .execute(
            "UPDATE lease SET expires_at = ?4 WHERE name = ?1 AND owner = ?2 AND fence = ?3",
            params![name, owner, signed(fence.0), i64::MIN],
        )
        .map_err(failed)?;
    Ok(())
}
