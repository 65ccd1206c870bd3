//! What faults do to the bytes of an answer, and which further files they put beside it.

use super::Mischief;
use onshi::Charset;
use std::io::{self, Write as _};

/// Files of a burst.
const BURST: usize = 20;
/// Where file names carry a time that nobody of this sandbox uses.
const OTHERS: &str = "20010101";

/// A file beside an answer.
pub(crate) type Extra = (String, Vec<u8>);

/// An answer's file after a fault, and what comes with it.
pub(crate) fn bytes(
    name: &str,
    bytes: Vec<u8>,
    charset: Charset,
    mischief: Option<Mischief>,
) -> io::Result<Vec<Extra>> {
    let own = |bytes: Vec<u8>| (name.to_owned(), bytes);
    Ok(match mischief {
        Some(Mischief::WrongEncoding) => vec![own(misdeclare(&bytes, charset))],
        Some(Mischief::Bom) => vec![own([b"\xEF\xBB\xBF".as_slice(), &bytes].concat())],
        Some(Mischief::CutOff) => {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            vec![own(half.to_vec())]
        }
        Some(Mischief::TwoAnswers) => {
            let archive = (name.replace(".xml", ".zip"), zipped(name, &bytes)?);
            vec![own(bytes), archive]
        }
        Some(Mischief::NoQuestion) => {
            let nobodys = (renamed(name, 9_001), bytes.clone());
            vec![own(bytes), nobodys]
        }
        Some(Mischief::Burst) => {
            let mut files: Vec<Extra> = (0..BURST)
                .map(|nth| (renamed(name, nth), bytes.clone()))
                .collect();
            files.push(own(bytes));
            files
        }
        Some(Mischief::ForeignAnswers) => {
            let mut files = foreign();
            files.push(own(bytes));
            files
        }
        _ => vec![own(bytes)],
    })
}

/// The same kind of answer to a request of somebody else.
fn renamed(name: &str, nth: usize) -> String {
    let prefix = name.split('_').next().unwrap_or_default();
    format!("{prefix}_{OTHERS}{nth:04}.xml")
}

/// Answers of families and products that nobody here asked for.
pub(crate) fn foreign() -> Vec<Extra> {
    [
        (
            "EPSsiPIR01res_200101010001.xml",
            "<XmlMsg><MessageBody><Sandbox>電子処方箋</Sandbox></MessageBody></XmlMsg>",
        ),
        (
            "CIPsiquc01res_200101010001.xml",
            "<XmlMsg><MessageBody><Sandbox>電子カルテ</Sandbox></MessageBody></XmlMsg>",
        ),
        (
            "OQSsiquc01res_OTHERPRODUCT0001.xml",
            "<XmlMsg><MessageHeader/><MessageBody/></XmlMsg>",
        ),
        ("OQSmuquc01req_200101019999.err", "模擬"),
        ("readme.txt", "模擬: ほかの製品のファイルです。"),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .collect()
}

/// Old answers that lie there before anybody asks.
pub(crate) fn old() -> Vec<Extra> {
    let answer = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><XmlMsg><MessageHeader>\
        <SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>\
        <ProcessingResultStatus>1</ProcessingResultStatus>\
        <QualificationValidity>4</QualificationValidity></MessageBody></XmlMsg>";
    ["OQSsiquc01res", "OQSmuquc02res", "OQSmuhvq02res"]
        .into_iter()
        .map(|prefix| {
            (
                format!("{prefix}_{OTHERS}0001.xml"),
                answer.as_bytes().to_vec(),
            )
        })
        .collect()
}

/// The same bytes under a declaration of the other encoding.
fn misdeclare(bytes: &[u8], charset: Charset) -> Vec<u8> {
    let (own, other) = (charset.name().as_bytes(), other(charset).name().as_bytes());
    match bytes.windows(own.len()).position(|window| window == own) {
        None => bytes.to_vec(),
        Some(at) => {
            let (head, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            [head, other, rest.get(own.len()..).unwrap_or_default()].concat()
        }
    }
}

/// The encoding that a site does not have.
pub(crate) fn other(charset: Charset) -> Charset {
    match charset {
        Charset::Utf8 => Charset::ShiftJis,
        Charset::ShiftJis => Charset::Utf8,
    }
}

/// A `.zip` with the one answer inside.
pub(crate) fn zipped(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(name, options).map_err(io::Error::other)?;
    writer.write_all(bytes)?;
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}

/// A `.zip` that says it is encrypted, its content made unreadable. Which cipher the real terminal
/// uses is not public, so none is imitated.
pub(crate) fn encrypted(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let scrambled: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x5A).collect();
    let mut archive = zipped(name, &scrambled)?;
    // Bit 0 of the general purpose flags: 6 bytes into the local header, 8 into the central one.
    let central = archive
        .windows(4)
        .position(|window| window == b"PK\x01\x02");
    for at in [Some(6), central.map(|at| at.saturating_add(8))]
        .into_iter()
        .flatten()
    {
        if let Some(flags) = archive.get_mut(at) {
            *flags |= 1;
        }
    }
    Ok(archive)
}
