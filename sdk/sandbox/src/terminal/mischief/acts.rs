//! Faults that happen at once: to the folder of answers, not to an answer.

use super::Mischief;
use super::files::{foreign, old};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How many files of others crowd a folder.
const CROWD: u32 = 10_000;

/// Lets it happen.
pub(crate) fn act(mischief: Mischief, res: &Path) -> io::Result<()> {
    match mischief {
        Mischief::PresentBefore => {
            for (name, bytes) in old().into_iter().chain(foreign()) {
                fs::write(res.join(name), bytes)?;
            }
            Ok(())
        }
        Mischief::Crowded => (0..CROWD).try_for_each(|nth| {
            let name = format!("OQSsiquc01res_20010102{nth:05}.xml");
            fs::write(
                res.join(name),
                "<XmlMsg><MessageHeader/><MessageBody/></XmlMsg>",
            )
        }),
        Mischief::ResVanishes => fs::rename(res, away(res)),
        _ => Ok(()),
    }
}

/// Brings a folder back that was away. What came into another one of its name since comes along.
pub(crate) fn back(res: &Path) -> io::Result<()> {
    let away = away(res);
    if !away.exists() {
        return Ok(());
    }
    if res.exists() {
        for entry in fs::read_dir(res)? {
            let entry = entry?;
            fs::rename(entry.path(), away.join(entry.file_name()))?;
        }
        fs::remove_dir(res)?;
    }
    fs::rename(away, res)
}

/// Where a folder is while it is away.
fn away(res: &Path) -> PathBuf {
    res.with_extension("away")
}
