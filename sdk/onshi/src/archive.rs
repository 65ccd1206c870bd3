//! Answers that come as a `.zip`.

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};
use std::borrow::Cow;
use std::io::Read;

/// Why an answer's archive cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive is protected with a password: the terminal is set to encrypt this message.
    #[error(
        "{file}: the answer is encrypted. That is a setting of the terminal: in `encrypt.conf` of the \
         linked application (連携アプリケーション) set this message's prefix from `e` to `n` and restart it; \
         encrypted exchange folders are not supported"
    )]
    Encrypted {
        /// File name of the answer.
        file: String,
    },
    /// The archive is damaged, or uses a compression that the interface does not.
    #[error("{file}: the archive cannot be read: {reason}")]
    Damaged {
        /// File name of the answer.
        file: String,
        /// The reason.
        reason: String,
    },
    /// The archive does not hold exactly one XML file.
    #[error("{file}: the archive holds {count} XML files, not one")]
    NotOne {
        /// File name of the answer.
        file: String,
        /// XML files found.
        count: usize,
    },
    /// The XML is larger than the caller allows.
    #[error("{file}: the answer is larger than the {limit} bytes allowed")]
    TooLarge {
        /// File name of the answer.
        file: String,
        /// Bytes allowed.
        limit: usize,
    },
}

impl ArchiveError {
    /// What is wrong with the archive, in Japanese. The unpacker's own words stay out of it.
    pub fn message_ja(&self) -> String {
        match self {
            Self::Encrypted { .. } => "暗号化されています".to_owned(),
            Self::Damaged { .. } => "壊れているか、電文にない圧縮方式が使われています".to_owned(),
            Self::NotOne { count, .. } => {
                format!("XML ファイルが 1 つではなく {count} 個入っています")
            }
            Self::TooLarge { limit, .. } => {
                format!("展開した中身が上限 {limit} バイトを超えています")
            }
        }
    }
}

/// What an answer's file is, by its first bytes: names tell nothing reliable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerFile<'a> {
    /// XML, plain or the one XML file of a `.zip`.
    Xml(Cow<'a, [u8]>),
    /// A PDF for people: medical information, or a QR code. It is shown, never read.
    Pdf(&'a [u8]),
    /// A PNG picture: a QR code.
    Png(&'a [u8]),
}

impl<'a> AnswerFile<'a> {
    /// Looks at an answer's file; a `.zip` is opened as [`open_answer`] does. Nothing larger
    /// than `limit` bytes is taken.
    ///
    /// ```
    /// use onshi::AnswerFile;
    /// let file = AnswerFile::open("YZKsiquc01res_1.pdf", b"%PDF-1.7 \xe2\xe3", 1024)?;
    /// assert!(matches!(file, AnswerFile::Pdf(_)));
    /// # Ok::<(), onshi::ArchiveError>(())
    /// ```
    pub fn open(file: &str, bytes: &'a [u8], limit: usize) -> Result<Self, ArchiveError> {
        let xml = open_answer(file, bytes, limit)?;
        Ok(match bytes {
            pdf if pdf.starts_with(b"%PDF-") => Self::Pdf(pdf),
            png if png.starts_with(b"\x89PNG\r\n\x1a\n") => Self::Png(png),
            _ => Self::Xml(xml),
        })
    }
}

/// Most entries of an archive that are looked at.
const ENTRIES: usize = 64;

/// The XML of an answer: its bytes as they are, or the one XML file of a `.zip`, which is
/// recognised by its first bytes, not by its name. At most `limit` bytes are unpacked.
///
/// ```
/// let xml = onshi::open_answer("OQSsiquc01res_1.xml", b"<XmlMsg/>", 1024)?;
/// assert_eq!(xml.as_ref(), b"<XmlMsg/>");
/// # Ok::<(), onshi::ArchiveError>(())
/// ```
pub fn open_answer<'a>(
    file: &str,
    bytes: &'a [u8],
    limit: usize,
) -> Result<Cow<'a, [u8]>, ArchiveError> {
    let too_large = || ArchiveError::TooLarge {
        file: file.to_owned(),
        limit,
    };
    if !bytes.starts_with(b"PK") {
        return if bytes.len() > limit {
            Err(too_large())
        } else {
            Ok(Cow::Borrowed(bytes))
        };
    }
    let damaged = |reason: String| ArchiveError::Damaged {
        file: file.to_owned(),
        reason,
    };
    let archive = ZipArchive::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut entries = archive.entries();
    let mut found = Vec::new();
    let mut seen = 0;
    while let Some(entry) = entries.next_entry().map_err(|e| damaged(e.to_string()))? {
        seen += 1;
        if seen > ENTRIES {
            return Err(damaged(format!("more than {ENTRIES} entries")));
        }
        if entry.flags().is_encrypted() {
            return Err(ArchiveError::Encrypted {
                file: file.to_owned(),
            });
        }
        // Names of other entries may be in any encoding; `.xml` is the same in all of them.
        let name = entry.file_path();
        if name.as_ref().to_ascii_lowercase().ends_with(b".xml") {
            found.push((entry.wayfinder(), entry.compression_method()));
        }
    }
    let [(wayfinder, method)] = found.as_slice() else {
        return Err(ArchiveError::NotOne {
            file: file.to_owned(),
            count: found.len(),
        });
    };
    let entry = archive
        .get_entry(*wayfinder)
        .map_err(|e| damaged(e.to_string()))?;
    // What the header says about the size is not believed: the stream itself is cut. One
    // byte beyond the limit tells too large from just fitting.
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut xml = Vec::new();
    let unpacked = match *method {
        CompressionMethod::STORE => entry
            .verifying_reader(entry.data())
            .take(beyond)
            .read_to_end(&mut xml),
        CompressionMethod::DEFLATE => entry
            .verifying_reader(DeflateDecoder::new(entry.data()))
            .take(beyond)
            .read_to_end(&mut xml),
        other => return Err(damaged(format!("compression method {}", other.as_u16()))),
    };
    unpacked.map_err(|e| damaged(e.to_string()))?;
    if xml.len() > limit {
        return Err(too_large());
    }
    Ok(Cow::Owned(xml))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::write::SimpleFileOptions;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, body) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(body).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn the_one_xml_of_an_archive_is_unpacked() {
        let bytes = packed(&[("読んで.txt", b"x"), ("OQSmuquc02res_1.XML", b"<XmlMsg/>")]);
        assert_eq!(
            open_answer("a.zip", &bytes, 100).unwrap().as_ref(),
            b"<XmlMsg/>"
        );
    }

    #[test]
    fn an_encrypted_archive_is_named_as_a_setting_of_the_terminal() {
        let mut bytes = packed(&[("a.xml", b"<XmlMsg/>")]);
        // Bit 0 of the general purpose flags, in the local and in the central header.
        let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        bytes[6] |= 1;
        bytes[central + 8] |= 1;
        let error = open_answer("a.zip", &bytes, 100).unwrap_err();
        assert_eq!(
            error,
            ArchiveError::Encrypted {
                file: "a.zip".into()
            }
        );
        assert!(error.to_string().contains("encrypt.conf"));
    }

    #[test]
    fn a_bomb_is_cut_at_the_limit() {
        let bytes = packed(&[("a.xml", &vec![b' '; 1_000_000])]);
        assert!(bytes.len() < 10_000);
        assert!(matches!(
            open_answer("a.zip", &bytes, 9_999),
            Err(ArchiveError::TooLarge { .. })
        ));
    }

    #[test]
    fn a_damaged_archive_is_not_half_an_answer() {
        let mut bytes = packed(&[("a.xml", b"<XmlMsg>0123456789</XmlMsg>")]);
        let at = bytes.windows(5).position(|w| w == b"a.xml").unwrap() + 12;
        bytes[at] ^= 0x55;
        let error = open_answer("a.zip", &bytes, 100).unwrap_err();
        assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
        assert!(open_answer("a.zip", &bytes[..bytes.len() - 30], 100).is_err());
    }

    #[test]
    fn several_xml_files_are_not_chosen_from() {
        let bytes = packed(&[("a.xml", b"<XmlMsg/>"), ("b.xml", b"<XmlMsg/>")]);
        let error = open_answer("a.zip", &bytes, 100).unwrap_err();
        assert_eq!(
            error,
            ArchiveError::NotOne {
                file: "a.zip".into(),
                count: 2
            }
        );
    }

    #[test]
    fn a_pdf_is_known_by_its_first_bytes_whatever_its_name_is() {
        let open = |bytes| AnswerFile::open("TKKsiquc01res_1.xml", bytes, 100).unwrap();
        assert_eq!(open(b"%PDF-1.4\n"), AnswerFile::Pdf(b"%PDF-1.4\n"));
        assert!(matches!(open(b"\x89PNG\r\n\x1a\nIHDR"), AnswerFile::Png(_)));
        assert!(matches!(open(b"<XmlMsg/>"), AnswerFile::Xml(_)));
        let zipped = packed(&[("a.xml", b"<XmlMsg/>")]);
        assert_eq!(
            AnswerFile::open("a.pdf", &zipped, 1000).unwrap(),
            AnswerFile::Xml(Cow::Owned(b"<XmlMsg/>".to_vec()))
        );
        assert!(AnswerFile::open("a.pdf", b"%PDF-1.4", 4).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>, at: usize, flip: u8) {
            let _ = open_answer("a", &bytes, 1000);
            bytes.splice(0..0, *b"PK\x03\x04");
            let _ = open_answer("a", &bytes, 1000);
            let mut real = packed(&[("a.xml", b"<XmlMsg/>")]);
            let at = at % real.len();
            real[at] ^= flip;
            let _ = open_answer("a", &real, 1000);
        }
    }
}
