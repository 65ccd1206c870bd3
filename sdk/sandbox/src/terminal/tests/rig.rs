//! A terminal to put requests to, and readers of its answers.

use super::*;

/// A terminal with a clock that stands at noon of a day.
pub(super) struct Rig {
    pub(super) dir: TempDir,
    pub(super) station: Station,
    pub(super) terminal: Option<RunningTerminal>,
    pub(super) counter: u32,
}

pub(super) fn noon(day: &str) -> Clock {
    let at: Timestamp = format!("{day}T12:00:00+09:00").parse().unwrap();
    Arc::new(move || at)
}

pub(super) fn options(day: &str) -> TerminalOptions {
    TerminalOptions {
        clock: noon(day),
        poll: Duration::from_millis(2),
        half: Duration::from_millis(50),
        ..TerminalOptions::default()
    }
}

impl Rig {
    pub(super) fn new(station: &str, options: TerminalOptions) -> Self {
        Self::of(Station::load(station).unwrap(), options)
    }

    pub(super) fn of(station: Station, options: TerminalOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let terminal = Terminal::start(dir.path(), station.clone(), options).unwrap();
        Self {
            dir,
            station,
            terminal: Some(terminal),
            counter: 0,
        }
    }

    pub(super) fn start(&mut self, options: TerminalOptions) {
        self.terminal =
            Some(Terminal::start(self.dir.path(), self.station.clone(), options).unwrap());
    }

    pub(super) fn stop(&mut self) {
        self.terminal.take().unwrap().stop();
    }

    pub(super) fn terminal(&self) -> &RunningTerminal {
        self.terminal.as_ref().unwrap()
    }

    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.dir
            .path()
            .join("terminal")
            .join(&self.station.key)
            .join(name)
    }

    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}_20241105{:04}.xml", self.counter)
    }

    /// Publishes as a careful client does.
    pub(super) fn put_bytes(&mut self, prefix: &str, bytes: &[u8]) -> String {
        let name = self.name(prefix);
        let temp = self.folder("req").join(format!(".{name}.tmp"));
        fs::write(&temp, bytes).unwrap();
        fs::rename(temp, self.folder("req").join(&name)).unwrap();
        name
    }

    pub(super) fn put(&mut self, prefix: &str, message: &impl Message) -> String {
        let bytes = onshi::write(prefix, message, Charset::Utf8).unwrap();
        self.put_bytes(prefix, &bytes)
    }

    /// Takes the answer to a request away, `.xml` or `.zip`.
    pub(super) fn take(&self, request: &str) -> Vec<u8> {
        let xml = self.folder("res").join(request.replace("req_", "res_"));
        let zip = xml.with_extension("zip");
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            for path in [&xml, &zip] {
                let Ok(bytes) = fs::read(path) else { continue };
                let Ok(open) = onshi::open_answer(request, &bytes, 1 << 20) else {
                    continue;
                };
                if !String::from_utf8_lossy(&open).contains("</XmlMsg>") {
                    continue;
                }
                fs::remove_file(path).unwrap();
                return open.into_owned();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("no answer to {request}");
    }

    pub(super) fn header(&self, as_of: &str) -> RequestHeader {
        RequestHeader {
            confirmation_date: (!as_of.is_empty()).then(|| as_of.replace('-', "")),
            institution_code: Some(self.station.institution()),
            file_identifier: Some(format!("test-{}", self.counter)),
            ..RequestHeader::default()
        }
    }

    pub(super) fn ask(&mut self, as_of: &str, search: SearchInfo) -> SingleAnswer {
        let message = SingleRequest {
            header: self.header(as_of),
            search: Some(search),
            ..SingleRequest::default()
        };
        let request = self.put("OQSsiquc01req", &message);
        read(&self.take(&request))
    }

    /// A bulk exchange: acceptance, then the result; returns how often it was 処理中.
    pub(super) fn bulk<A: Message + HasHeader>(
        &mut self,
        upload: &str,
        message: &impl Message,
    ) -> (A, u32) {
        let request = self.put(upload, message);
        let accepted: Acceptance = read(&self.take(&request));
        let reception = accepted.reception_number.expect("a reception number");
        for round in 0.. {
            let download = DownloadRequest::new(&self.station.institution(), &reception);
            let request = self.put(&upload.replace("01req", "02req"), &download);
            let answer: A = read(&self.take(&request));
            assert_eq!(
                answer.header().reception_number.as_deref(),
                Some(reception.as_str())
            );
            if answer.header().outcome() != Outcome::Processing {
                return (answer, round);
            }
        }
        unreachable!()
    }

    pub(super) fn consented(&mut self, from: &str, to: &str) -> BulkAnswer {
        let message = ConsentRequest {
            header: self.header(""),
            search: Some(ConsentSearch {
                from: Some(from.replace('-', "")),
                to: Some(to.replace('-', "")),
                treatment: Some(TreatmentKind::HomeVisit),
                ..ConsentSearch::default()
            }),
            ..ConsentRequest::default()
        };
        self.bulk("OQSmuhvq01req", &message).0
    }

    pub(super) fn one(&self, case: &str) -> Person {
        self.station.case(case).next().unwrap().clone()
    }

    /// What was answered, read after a stop: the note follows the file, and only a terminal that
    /// has ended has surely written it.
    pub(super) fn answered(&mut self) -> Vec<serde_json::Value> {
        self.stop();
        let events = Ledger::open(self.dir.path()).unwrap().events().unwrap();
        events
            .into_iter()
            .filter(|e| e.kind == "terminal.answered")
            .map(|e| e.detail)
            .collect()
    }
}

pub(super) trait HasHeader {
    fn header(&self) -> &onshi::AnswerHeader;
}

impl HasHeader for BulkAnswer {
    fn header(&self) -> &onshi::AnswerHeader {
        &self.header
    }
}

impl HasHeader for BulkReferenceAnswer {
    fn header(&self) -> &onshi::AnswerHeader {
        &self.header
    }
}

pub(super) fn read<M: Message>(bytes: &[u8]) -> M {
    onshi::read("answer", bytes, &ReadOptions::default())
        .unwrap()
        .message
}

/// A question about what the product has on file.
pub(super) fn on_file(person: &Person) -> SearchInfo {
    about(person, person.billed().unwrap())
}

pub(super) fn about(person: &Person, coverage: &Coverage) -> SearchInfo {
    SearchInfo {
        insurer_number: Some(coverage.insurer.padded()),
        symbol: coverage.symbol.clone(),
        number: Some(coverage.number.clone()),
        branch: coverage.branch.as_ref().map(ToString::to_string),
        birthdate: Some(person.born.compact()),
        identifier: Some(person.key.clone()),
        ..SearchInfo::default()
    }
}
