//! The one thread on which connections live.
//!
//! Callers are ordinary blocking code, and may themselves run inside an asynchronous runtime
//! where starting another would panic. So the runtime has a thread of its own.

use crate::fault;
use reseplug_effect::Fault;
use std::{future::Future, pin::Pin, sync::mpsc as blocking};
use tokio::sync::mpsc;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Hands futures to the thread. The thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
}

impl Worker {
    pub(crate) fn start() -> Result<Self, Fault> {
        let failed = |e: std::io::Error| fault::internal(&e.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (jobs, mut queue) = mpsc::unbounded_channel::<Job>();
        std::thread::Builder::new()
            .name("reseplug-egress".into())
            .spawn(move || {
                runtime.block_on(async {
                    while let Some(job) = queue.recv().await {
                        tokio::spawn(job);
                    }
                });
                // A name look-up that hangs must not hold the program's end.
                runtime.shutdown_background();
            })
            .map_err(failed)?;
        Ok(Self { jobs })
    }

    /// Runs a future to its end; nothing when the thread is gone or the future panicked.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (answer, wait) = blocking::sync_channel(1);
        let job = async move {
            let _ = answer.send(future.await);
        };
        self.jobs.send(Box::pin(job)).ok()?;
        wait.recv().ok()
    }
}
