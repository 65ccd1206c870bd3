//! The whole outside world in one folder: a terminal per station, the phone page, the gateway.

use crate::gateway::{Clock, Gateway, GatewayError, GatewayOptions, RunningGateway};
use crate::phone::{PhoneError, PhoneOptions, PhonePage, RunningPhone, last_address};
use crate::population::{Population, PopulationOptions};
use crate::station::{STATIONS, Station, StationError};
use crate::terminal::{RunningTerminal, Terminal, TerminalError, TerminalOptions};
use jiff::Timestamp;
use std::{
    fmt,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

/// How a sandbox is to behave.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Names of the stations that take part.
    pub stations: Vec<String>,
    /// The terminals; their clock is replaced by `clock`. Where it gives no layouts, the terminals
    /// answer by [the invented ones](TerminalOptions::invented_layouts): whether anybody asks by them
    /// is for the station's settings.
    pub terminal: TerminalOptions,
    /// The gateway; its clock and institutions are replaced.
    pub gateway: GatewayOptions,
    /// Port of the phone page; 0 for the one used last in this folder, or any free one at first.
    pub phone_port: u16,
    /// The time for everybody.
    pub clock: Clock,
    /// People by the thousand, and a station that visits some of them.
    pub population: Option<PopulationOptions>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            stations: STATIONS.map(str::to_owned).to_vec(),
            terminal: TerminalOptions::default(),
            gateway: GatewayOptions::default(),
            phone_port: 0,
            clock: Arc::new(Timestamp::now),
            population: None,
        }
    }
}

impl fmt::Debug for SandboxOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxOptions")
            .field("stations", &self.stations)
            .field("terminal", &self.terminal)
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// One lives in the folder already.
    #[error(
        "a sandbox is running in this folder already: {phone}; end that one, or name another folder"
    )]
    Running {
        /// Its phone page; the folder where the address is not known.
        phone: String,
    },
    /// Its folder cannot be used.
    #[error("the sandbox's folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
    /// A station.
    #[error(transparent)]
    Station(#[from] StationError),
    /// A terminal.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The phone page.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The gateway.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// Starts sandboxes.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Starts a sandbox on a folder. Started again on the same folder, after a stop or after
    /// `kill -9`, it goes on where it was, at the same addresses. While one lives, another is
    /// refused with the first one's address.
    ///
    /// ```no_run
    /// use reseplug_sandbox::{Sandbox, SandboxOptions};
    /// let sandbox = Sandbox::start("sandbox".as_ref(), SandboxOptions::default())?;
    /// println!("phone page {}, gateway {}", sandbox.phone().url(), sandbox.gateway().url());
    /// sandbox.stop();
    /// # Ok::<(), reseplug_sandbox::SandboxError>(())
    /// ```
    pub fn start(dir: &Path, options: SandboxOptions) -> Result<RunningSandbox, SandboxError> {
        let mut stations = options
            .stations
            .iter()
            .map(|name| Station::load(name))
            .collect::<Result<Vec<_>, _>>()?;
        let population = options
            .population
            .map(Population::grow)
            .transpose()?
            .map(Arc::new);
        if let Some(population) = &population {
            stations.push(population.station()?);
        }
        let lock = only_one(dir)?;
        let gateway = Gateway::start(
            dir,
            GatewayOptions {
                clock: options.clock.clone(),
                institutions: stations.iter().map(Station::institution).collect(),
                ..options.gateway
            },
        )?;
        let terminals = stations
            .iter()
            .map(|station| {
                // Only its own station asks about them: numbers of the others stay their own.
                let visits = station.key == Population::STATION;
                let given = options.terminal.layouts.clone();
                let options = TerminalOptions {
                    layouts: given.or_else(TerminalOptions::invented_layouts),
                    clock: options.clock.clone(),
                    population: population.clone().filter(|_| visits),
                    ..options.terminal.clone()
                };
                Terminal::start(dir, station.clone(), options)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let phone = PhonePage::start(
            dir,
            stations.clone(),
            PhoneOptions {
                port: options.phone_port,
                clock: options.clock,
                viewing: options.terminal.viewing,
            },
        )?;
        Ok(RunningSandbox {
            dir: dir.to_owned(),
            stations,
            population,
            terminals,
            phone,
            gateway,
            _lock: lock,
        })
    }
}

/// Holds the folder as long as the file is open: a second sandbox would take the first one's
/// requests and write other addresses over its own.
fn only_one(dir: &Path) -> Result<File, SandboxError> {
    fs::create_dir_all(dir)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("running.lock"))?;
    // One that was just killed holds it until it is gone altogether.
    for _ in 0..20 {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(100)),
            Err(TryLockError::Error(error)) => return Err(SandboxError::Folder(error)),
        }
    }
    Err(SandboxError::Running {
        phone: last_address(dir).unwrap_or_else(|| dir.display().to_string()),
    })
}

/// A sandbox that is running. Dropping it stops it; its folder keeps everything.
#[derive(Debug)]
pub struct RunningSandbox {
    dir: PathBuf,
    stations: Vec<Station>,
    population: Option<Arc<Population>>,
    terminals: Vec<RunningTerminal>,
    phone: RunningPhone,
    gateway: RunningGateway,
    /// Let go last.
    _lock: File,
}

impl RunningSandbox {
    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its stations.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// Its population, if it has one.
    pub fn population(&self) -> Option<&Population> {
        self.population.as_deref()
    }

    /// A station by name.
    pub fn station(&self, name: &str) -> Option<&Station> {
        self.stations.iter().find(|station| station.key == name)
    }

    /// A station's terminal.
    pub fn terminal(&self, station: &str) -> Option<&RunningTerminal> {
        self.terminals
            .iter()
            .find(|terminal| terminal.station() == station)
    }

    /// The phone page.
    pub fn phone(&self) -> &RunningPhone {
        &self.phone
    }

    /// The gateway, and the ledger that all share.
    pub fn gateway(&self) -> &RunningGateway {
        &self.gateway
    }

    /// PKCS#12 file of a station's client certificate for the gateway.
    pub fn client_p12_path(&self, station: &str) -> Option<PathBuf> {
        let institution = self.station(station)?.institution();
        Some(self.gateway.client_p12_path_of(&institution))
    }

    /// Stops everything and waits for it to end.
    pub fn stop(self) {
        let Self {
            terminals,
            phone,
            gateway,
            ..
        } = self;
        terminals.into_iter().for_each(RunningTerminal::stop);
        phone.stop();
        gateway.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_sandbox_started_again_is_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let options = || SandboxOptions {
            terminal: TerminalOptions {
                poll: Duration::from_millis(2),
                ..TerminalOptions::default()
            },
            ..SandboxOptions::default()
        };
        let places = |sandbox: &RunningSandbox| {
            let terminals =
                ["hidamari", "aozora"].map(|name| sandbox.terminal(name).unwrap().req().to_owned());
            let certificate = std::fs::read(sandbox.client_p12_path("aozora").unwrap()).unwrap();
            (
                sandbox.phone().url().to_owned(),
                sandbox.gateway().url().to_owned(),
                terminals,
                certificate,
            )
        };
        let first = Sandbox::start(dir.path(), options()).unwrap();
        let before = places(&first);
        first.stop();
        let second = Sandbox::start(dir.path(), options()).unwrap();
        assert_eq!(places(&second), before);
        assert_eq!(second.stations().len(), 2);
        assert!(second.terminal("elsewhere").is_none());
    }

    #[test]
    fn a_second_sandbox_in_a_folder_is_refused_with_the_address_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let start = || Sandbox::start(dir.path(), SandboxOptions::default());
        let first = start().unwrap();
        let refused = start().unwrap_err().to_string();
        assert!(refused.contains(first.phone().url()), "{refused}");
        first.stop();
        start().unwrap().stop();
    }

    #[test]
    fn a_station_nobody_knows_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let options = SandboxOptions {
            stations: vec!["kumoma".into()],
            ..SandboxOptions::default()
        };
        let error = Sandbox::start(dir.path(), options).unwrap_err();
        assert!(error.to_string().contains("kumoma") && error.to_string().contains("hidamari"));
    }
}
