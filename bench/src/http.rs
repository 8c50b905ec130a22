//! Durable answers over HTTP, at one and at sixteen connections.

use std::{path::Path, sync::Arc};

use anyhow::{Result, ensure};
use cassette_testkit::{Process, Settings};

use crate::{
    Call,
    bodies::Bodies,
    floor_http::FloorServer,
    load,
    table::{Bar, Line, mega, milliseconds},
};

/// The least part of the floor's speed.
const OF_FLOOR: f64 = 0.7;

pub(crate) fn measure(call: &Call, bodies: &Bodies, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let wire = Arc::new(bodies.wire.clone());
    let floor = FloorServer::start(&folder.join("floor.log"))?;
    let data = folder.join("http");
    let process = Process::start(&call.binary, &data, &Settings::default().token(&bodies.token));
    let product = process.base().trim_start_matches("http://").to_owned();
    for connections in [1, 16] {
        // Floor, product, floor, product: what else the machine does then falls on both.
        let mut best = [None::<load::Load>, None];
        for _ in 0..2 {
            for (side, address) in [&floor.address, &product].into_iter().enumerate() {
                let load = load::run(&wire, address, connections, call.load_time() / 2)?;
                ensure!(load.refused == 0, "{} answers of {address} were not 200", load.refused);
                if best[side].as_ref().is_none_or(|best| best.bytes_per_second < load.bytes_per_second) {
                    best[side] = Some(load);
                }
            }
        }
        let [Some(floor), Some(product)] = best else { unreachable!("both sides were loaded") };
        lines.push(
            Line::new(
                format!("durable answer, {connections} connections"),
                "MB/s wire",
                mega(product.bytes_per_second),
                Bar::OfFloor(OF_FLOOR),
            )
            .with_floor(mega(floor.bytes_per_second)),
        );
        for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
            lines.push(
                Line::new(
                    format!("  time of an answer, {name}"),
                    "ms",
                    milliseconds(product.latency(quantile)),
                    Bar::None,
                )
                .with_floor(milliseconds(floor.latency(quantile))),
            );
        }
    }
    Ok(())
}
