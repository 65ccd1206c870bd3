//! Outputs that the product has not imported yet when the next one takes their place.

use crate::documents::Stored;
use crate::host::Host;
use reseplug_effect::Fault;
use reseplug_journal::{JobFilter, JobState, Journal, document_digest};

impl Host {
    /// Says where an output takes the place of one that the product has not imported: one that was
    /// made of the very same document and says something else. What was accepted for it is then not
    /// in the new one.
    pub(crate) fn warn_of_lost(&self, outputs: &[Stored], inputs: &[Stored]) -> Result<(), Fault> {
        for output in outputs {
            let Ok(bytes) = std::fs::read(&output.path) else {
                continue;
            };
            let lies_there = document_digest(&bytes);
            let Some(input) = inputs.iter().find(|i| i.name == output.name) else {
                continue;
            };
            if lies_there == output.digest || lies_there == input.digest {
                continue;
            }
            let Some(by) = self.made_of(&lies_there, &input.digest)? else {
                continue;
            };
            let path = output.path.display();
            self.say(
                &format!(
                    "{path} は処理 {by} が書き出したもので、まだ製品に取り込まれていません。そこで受け入れた変更は、今度の書き出しに含まれません。先に取り込んでからやり直すか、もう一度受け入れてください"
                ),
                &format!(
                    "{path} was written by job {by} and the product has not imported it: what was accepted there is not in what is written now. Import it first and run again, or accept it again"
                ),
            );
        }
        Ok(())
    }

    /// The job that wrote this output of this very document.
    fn made_of(&self, output: &str, input: &str) -> Result<Option<String>, Fault> {
        let jobs = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            roots: true,
            ..JobFilter::default()
        })?;
        let has = |report: &serde_json::Value, list: &str, digest: &str| {
            let list = report.get(list).and_then(serde_json::Value::as_array);
            list.into_iter()
                .flatten()
                .any(|one| one.get("digest").and_then(|d| d.as_str()) == Some(digest))
        };
        Ok(jobs
            .into_iter()
            .rev()
            .find(|job| match &job.state {
                JobState::Done { value } => {
                    has(value, "outputs", output) && has(value, "inputs", input)
                }
                _ => false,
            })
            .map(|job| job.id().to_owned()))
    }
}
