//! The claim files of a call, and the receipts in them under ids that outlive renumbering.

use receden::{ClaimFile, FileKind, Receipt};
use reseplug_model::Payer;
use reseplug_sdk::{Document, DocumentKind, Fault};

use crate::faults;

/// One claim file among the documents.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) claim: ClaimFile,
    pub(crate) payer: Payer,
    /// Id of each receipt in file order: what the host knows it by.
    pub(crate) ids: Vec<String>,
}

/// All documents of a call: claim files opened, the rest as they came.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
enum Item {
    Claim(File),
    Other(Document),
}

impl File {
    fn open(document: &Document) -> Result<Self, Fault> {
        let name = document.name.clone();
        let claim =
            ClaimFile::parse(&document.bytes).map_err(|e| faults::not_a_claim_file(&name, &e))?;
        if claim.kind() == FileKind::Return {
            return Err(faults::return_file(&name));
        }
        let Some(header) = claim.header() else {
            // `parse` lets nothing through that does not begin with HM or HH.
            return Err(faults::return_file(&name));
        };
        let payer = header.payer().map_err(|e| faults::unreadable(&name, &e))?;
        let ids = ids(&name, &claim);
        Ok(Self {
            name,
            claim,
            payer,
            ids,
        })
    }

    /// Place of a receipt in the file, from 0, by its id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|known| known == id)
    }

    /// Whether the file itself says that it holds nothing: a head, and a count of no receipts. A
    /// file that was cut off behind its head does not.
    pub(crate) fn is_said_to_be_empty(&self) -> bool {
        let bytes = self.claim.to_bytes();
        let mut lines = bytes
            .split(|byte| matches!(byte, b'\r' | b'\n' | 0x1A))
            .filter(|line| !line.is_empty());
        lines.next().is_some_and(|head| head.starts_with(b"HM,"))
            && lines
                .next()
                .is_some_and(|count| count.starts_with(b"GO,0,"))
            && lines.next().is_none()
    }

    /// The receipts with their ids.
    pub(crate) fn receipts(&self) -> impl Iterator<Item = (&str, Receipt<'_>)> {
        self.ids
            .iter()
            .map(String::as_str)
            .zip(self.claim.receipts())
    }

    /// The fault of a field of this file.
    pub(crate) fn unreadable(&self, error: &receden::FieldError) -> Fault {
        faults::unreadable(&self.name, error)
    }
}

/// `<document>#<レセプト番号>`. A number that stands twice, or not at all, is made unique by the
/// receipt's place in the file.
fn ids(name: &str, claim: &ClaimFile) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (place, receipt) in (1..).zip(claim.receipts()) {
        let plain = receipt
            .number()
            .map_or_else(|_| format!("{name}#"), |number| format!("{name}#{number}"));
        let id = if plain.ends_with('#') || ids.contains(&plain) {
            format!("{plain}@{place}")
        } else {
            plain
        };
        ids.push(id);
    }
    ids
}

impl Files {
    /// Opens the documents. A month or register, or a claim file that comes as such, is refused:
    /// passed over, a payer would go unfiled without a word.
    pub(crate) fn open(documents: &[Document]) -> Result<Self, Fault> {
        let mut items: Vec<Item> = Vec::new();
        for document in documents {
            if document.kind != DocumentKind::Claim {
                if document.kind != DocumentKind::Other {
                    return Err(faults::not_as_a_claim_file(&document.name));
                }
                items.push(Item::Other(document.clone()));
                continue;
            }
            let file = File::open(document)?;
            if items
                .iter()
                .any(|item| matches!(item, Item::Claim(known) if known.name == file.name))
            {
                return Err(faults::same_name(&file.name));
            }
            items.push(Item::Claim(file));
        }
        Ok(Self { items })
    }

    /// The claim files in document order.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &File> {
        self.items.iter().filter_map(|item| match item {
            Item::Claim(file) => Some(file),
            Item::Other(_) => None,
        })
    }

    /// The claim file that fulfils something.
    pub(crate) fn find_mut(&mut self, wanted: impl Fn(&File) -> bool) -> Option<&mut File> {
        self.items.iter_mut().find_map(|item| match item {
            Item::Claim(file) if wanted(file) => Some(file),
            _ => None,
        })
    }

    /// Whether any document has this name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.items.iter().any(|item| match item {
            Item::Claim(file) => file.name == name,
            Item::Other(document) => document.name == name,
        })
    }

    /// Adds a claim file behind the others.
    pub(crate) fn add(&mut self, file: File) {
        self.items.push(Item::Claim(file));
    }

    /// Takes out a claim file by name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.items
            .retain(|item| !matches!(item, Item::Claim(file) if file.name == name));
    }

    /// The documents as they are now.
    pub(crate) fn into_documents(self) -> Vec<Document> {
        self.items
            .into_iter()
            .map(|item| match item {
                Item::Claim(file) => {
                    Document::new(file.name, DocumentKind::Claim, file.claim.to_bytes())
                }
                Item::Other(document) => document,
            })
            .collect()
    }
}
