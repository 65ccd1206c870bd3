//! Containers made by a program nobody here wrote. Without the `openssl` command these say so
//! and pass: the same variants made by the library's own writer are in `import.rs`.

use crate::fixtures::{Spec, issue, store};
use std::{fs, path::Path, process::Command};

const PASSWORD: &str = "Kakuu-2024";

/// Runs `openssl pkcs12 -export` with extra arguments; nothing when that cannot be done here.
fn export(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let issued = issue(&Spec {
        algorithm: &rcgen::PKCS_RSA_SHA256,
        ..Spec::default()
    });
    let pem = |label: &str, der: &[u8]| {
        use base64_lines::encode;
        format!(
            "-----BEGIN {label}-----\n{}-----END {label}-----\n",
            encode(der)
        )
    };
    fs::write(folder.join("key.pem"), issued.key.serialize_pem()).unwrap();
    fs::write(
        folder.join("cert.pem"),
        pem("CERTIFICATE", &issued.certificate),
    )
    .unwrap();
    fs::write(folder.join("ca.pem"), pem("CERTIFICATE", &issued.issuer)).unwrap();
    let output = Command::new("openssl")
        .current_dir(folder)
        .args([
            "pkcs12",
            "-export",
            "-inkey",
            "key.pem",
            "-in",
            "cert.pem",
            "-certfile",
            "ca.pem",
        ])
        .args([
            "-name",
            "架空訪問看護",
            "-passout",
            &format!("pass:{PASSWORD}"),
            "-out",
            "out.p12",
        ])
        .args(arguments)
        .output();
    match output {
        Ok(output) if output.status.success() => Some(fs::read(folder.join("out.p12")).unwrap()),
        Ok(output) => {
            eprintln!(
                "skipped {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            None
        }
        Err(e) => {
            eprintln!("skipped {arguments:?}: no openssl command: {e}");
            None
        }
    }
}

/// Base 64 in lines of 64, as PEM wants it.
mod base64_lines {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub(super) fn encode(bytes: &[u8]) -> String {
        let mut out = String::new();
        for (at, three) in bytes.chunks(3).enumerate() {
            let mut group = [0_u8; 3];
            group[..three.len()].copy_from_slice(three);
            let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
            for place in 0..4 {
                let six = (bits >> (18 - 6 * place)) & 63;
                out.push(if place <= three.len() {
                    char::from(ALPHABET[six as usize])
                } else {
                    '='
                });
            }
            if at % 16 == 15 {
                out.push('\n');
            }
        }
        out + "\n"
    }
}

#[test]
fn containers_of_openssl_are_read_whatever_their_protection() {
    for arguments in [
        &["-legacy"][..],
        &[
            "-legacy",
            "-certpbe",
            "PBE-SHA1-3DES",
            "-keypbe",
            "PBE-SHA1-3DES",
        ],
        &["-certpbe", "AES-256-CBC", "-keypbe", "AES-256-CBC"],
        &[
            "-certpbe",
            "AES-128-CBC",
            "-keypbe",
            "AES-128-CBC",
            "-macalg",
            "sha512",
        ],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let Some(bytes) = export(folder.path(), arguments) else {
            continue;
        };
        let facts = store(&folder.path().join("store"))
            .import("station", &bytes, PASSWORD)
            .unwrap();
        assert!(facts.tls13, "{arguments:?}");
    }
}

#[test]
fn a_container_of_openssl_without_mac_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some(bytes) = export(folder.path(), &["-nomac"]) else {
        return;
    };
    let error = store(&folder.path().join("store"))
        .import("station", &bytes, PASSWORD)
        .unwrap_err();
    assert_eq!(error.code(), "identity/no-mac");
}
