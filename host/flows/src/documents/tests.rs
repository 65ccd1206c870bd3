//! What is written never takes the place of what somebody has.

use super::*;
use crate::host::Host;
use crate::invented::station;
use tempfile::TempDir;

const MORNING: &str = "2024-11-01T09:00:00+09:00";
const REGISTER: &str = "架空　一郎\n";

struct Office {
    folder: TempDir,
    host: Host,
}

impl Office {
    fn new() -> Self {
        let (folder, host, _clock) = station(MORNING);
        let office = Self { folder, host };
        fs::write(office.at("people.csv"), REGISTER).unwrap();
        office
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn register(&self) -> [Input; 1] {
        [Input {
            path: self.at("people.csv"),
            kind: DocumentKind::Register,
        }]
    }

    /// Another register, about to be written into a folder as `-o` names it.
    fn write_into(&self, output: &str) -> Result<(), Fault> {
        let inputs = self.host.take_in(&self.register()).unwrap();
        let folder = self.host.output(Some(&self.at(output)));
        let document = Document {
            name: "people.csv".to_owned(),
            kind: DocumentKind::Register,
            bytes: "架空　二郎\n".into(),
        };
        let path = folder.join(&document.name);
        let made = self.host.keep(&document, path).unwrap();
        self.host.write_out(&[made], &inputs)
    }

    fn untouched(&self) -> bool {
        fs::read_to_string(self.at("people.csv")).unwrap() == REGISTER
    }
}

#[test]
fn the_original_is_not_written_to_whatever_way_its_folder_is_named() {
    let office = Office::new();
    fs::create_dir(office.at("there")).unwrap();
    for output in [
        "",
        "there/..",
        "new/..",
        "a/b/../..",
        "new/../",
        "./new/./..",
    ] {
        let fault = office.write_into(output).unwrap_err();
        assert_eq!(fault.code, "output/is-input", "{output}");
        assert!(office.untouched(), "{output}");
        // And it is said before anything else is done.
        let folder = office.host.output(Some(&office.at(output)));
        let fault = office.host.base(&office.register(), &folder).unwrap_err();
        assert_eq!(fault.code, "output/is-input", "{output}");
    }
    office.write_into("new/../other").unwrap();
    assert!(office.at("other/people.csv").is_file() && office.untouched());
}

#[cfg(unix)]
#[test]
fn the_original_is_known_behind_a_link_to_its_folder_and_to_itself() {
    let office = Office::new();
    fs::create_dir_all(office.at("far/away")).unwrap();
    std::os::unix::fs::symlink(office.folder.path(), office.at("far/link")).unwrap();
    std::os::unix::fs::symlink(office.at("far/away"), office.at("shortcut")).unwrap();
    fs::create_dir(office.at("linked")).unwrap();
    fs::hard_link(office.at("people.csv"), office.at("linked/people.csv")).unwrap();
    for output in ["far/link", "shortcut/../..", "far/link/new/..", "linked"] {
        let fault = office.write_into(output).unwrap_err();
        assert_eq!(fault.code, "output/is-input", "{output}");
        assert!(office.untouched(), "{output}");
    }
    // `..` behind a link leads out of what it leads to, as it does everywhere else.
    office.write_into("shortcut/..").unwrap();
    assert!(office.at("far/people.csv").is_file() && office.untouched());
}

#[test]
fn a_page_replaces_an_earlier_page_of_this_program_and_nothing_else() {
    let office = Office::new();
    let page = crate::report::page(&crate::report::Page {
        station: "架空ステーション",
        code: "9999998",
        title: "結果",
        made_at: MORNING,
        proposals: &[],
        approval: None,
        sent: &[],
        beside: None,
    });
    let file = office.at("結果.html");
    write_page(&file, "first").unwrap();
    // Not one of this program's.
    let fault = write_page(&file, &page).unwrap_err();
    assert_eq!(fault.code, "file/exists");
    assert_eq!(fs::read_to_string(&file).unwrap(), "first");
    fs::remove_file(&file).unwrap();
    write_page(&file, &page).unwrap();
    write_page(&file, &page.replace("結果", "新しい結果")).unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("新しい結果"));
    for way in ["people.csv", "new/../people.csv"] {
        for written in [
            write_page(&office.at(way), &page),
            write_new(&office.at(way), b"%PDF-"),
        ] {
            assert_eq!(written.unwrap_err().code, "file/exists", "{way}");
        }
    }
    assert!(office.untouched());
    assert!(write_page(office.folder.path(), &page).is_err());
}
