//! Answering comes before everything else: what is answered is durable, so all other work may lag while the machine is
//! busy.

/// Lowers the priority of the calling thread.
pub(crate) fn yield_to_requests() {
    const NICE: i32 = 10;
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "the thread keeps its priority");
    }
}
