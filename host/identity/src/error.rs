//! Every way an identity can be refused, in words for the station.

use reseplug_effect::Fault;

/// Why an identity was not imported, found or usable.
///
/// `Display` is the English text; [`IdentityError::message_ja`] the Japanese one.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The name has characters outside `a-z 0-9 -` or a wrong length.
    #[error(
        "\"{name}\" cannot name an identity: use 1 to 64 of a-z, 0-9 and hyphens, beginning with a letter or digit"
    )]
    BadName {
        /// What was given.
        name: String,
    },
    /// The bytes are no PKCS#12 container.
    #[error("the file is not a PKCS#12 container (.p12, .pfx), or it is damaged: {detail}")]
    NotPkcs12 {
        /// What the reader said.
        detail: String,
    },
    /// The container has no integrity check.
    #[error(
        "the PKCS#12 file has no integrity check (MAC), so nobody can tell whether it was altered; export it again with one"
    )]
    NoMac,
    /// The integrity check fails under this password.
    #[error(
        "the password does not open the PKCS#12 file; check the notice it came with (capitals, digit 0 and letter O)"
    )]
    WrongPassword,
    /// The container is encrypted in a way this program does not read.
    #[error(
        "the PKCS#12 file is protected by a method that is not supported ({detail}); export it again with AES-256"
    )]
    UnsupportedProtection {
        /// What the reader said.
        detail: String,
    },
    /// There is no private key inside.
    #[error("the PKCS#12 file holds no private key; export the certificate together with its key")]
    NoKey,
    /// More than one private key inside.
    #[error("the PKCS#12 file holds {count} private keys; export the one certificate to be used")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No certificate of the container belongs to its key.
    #[error("no certificate in the PKCS#12 file belongs to its private key")]
    NoMatchingCertificate,
    /// The key is of a kind TLS cannot use here.
    #[error(
        "the private key cannot be used ({detail}); RSA of 2048 to 8192 bits, ECDSA P-256/384/521 or Ed25519 can"
    )]
    KeyUnsupported {
        /// What was tried.
        detail: String,
    },
    /// The certificate's last day has passed.
    #[error("the certificate {subject} expired at {not_after}; obtain a new one")]
    Expired {
        /// Whose.
        subject: String,
        /// When, in Japan's time.
        not_after: String,
    },
    /// The certificate's first day has not come.
    #[error(
        "the certificate {subject} is valid only from {not_before}; check this PC's clock, or import it from then on"
    )]
    NotYetValid {
        /// Whose.
        subject: String,
        /// When, in Japan's time.
        not_before: String,
    },
    /// A certificate inside cannot be read.
    #[error("a certificate in the PKCS#12 file cannot be read: {detail}")]
    BadCertificate {
        /// What the reader said.
        detail: String,
    },
    /// Nothing of that name is in the store.
    #[error("no identity \"{name}\" in the store; import it with `reseplug identity import`")]
    NotFound {
        /// The name asked for.
        name: String,
    },
    /// A sealed file does not open under the store's key.
    #[error(
        "the sealed file {file} does not open: it was altered, renamed or belongs to another store; import the certificate again"
    )]
    Sealed {
        /// File name in the store.
        file: String,
    },
    /// The key that seals the store is missing, though sealed files exist.
    #[error(
        "the key file {file} of the identity store is missing; restore it from a backup or import the certificates again into an empty store"
    )]
    SealKeyMissing {
        /// Path of the key file.
        file: String,
    },
    /// The key that seals the store is open to other users or has a wrong size.
    #[error("the key file {file} of the identity store is not usable: {detail}")]
    SealKeyUnusable {
        /// Path of the key file.
        file: String,
        /// Why.
        detail: String,
    },
    /// The machine gave no randomness.
    #[error("the operating system gave no random bytes: {detail}")]
    NoRandomness {
        /// What it said.
        detail: String,
    },
    /// The folder could not be read or written.
    #[error("the identity store could not {action} {path}: {source}")]
    Io {
        /// `read`, `write`, …
        action: &'static str,
        /// Which file or folder.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl IdentityError {
    /// Stable code, `identity/what`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadName { .. } => "identity/bad-name",
            Self::NotPkcs12 { .. } => "identity/not-pkcs12",
            Self::NoMac => "identity/no-mac",
            Self::WrongPassword => "identity/wrong-password",
            Self::UnsupportedProtection { .. } => "identity/unsupported-protection",
            Self::NoKey => "identity/no-key",
            Self::SeveralKeys { .. } => "identity/several-keys",
            Self::NoMatchingCertificate => "identity/no-matching-certificate",
            Self::KeyUnsupported { .. } => "identity/key-unsupported",
            Self::Expired { .. } => "identity/expired",
            Self::NotYetValid { .. } => "identity/not-yet-valid",
            Self::BadCertificate { .. } => "identity/bad-certificate",
            Self::NotFound { .. } => "identity/not-found",
            Self::Sealed { .. } => "identity/sealed",
            Self::SealKeyMissing { .. } => "identity/seal-key-missing",
            Self::SealKeyUnusable { .. } => "identity/seal-key-unusable",
            Self::NoRandomness { .. } => "identity/no-randomness",
            Self::Io { .. } => "identity/io",
        }
    }

    /// What happened and what to do, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::BadName { name } => format!(
                "「{name}」は証明書の登録名に使えません。英小文字・数字・ハイフンで1〜64文字、先頭は英小文字か数字にしてください。"
            ),
            Self::NotPkcs12 { detail } => {
                format!("PKCS#12形式（.p12/.pfx）の証明書ファイルではないか、壊れています（{detail}）。ファイルを取り直してください。")
            }
            Self::NoMac => "証明書ファイルに改ざん検知（MAC）がないため取り込めません。MAC付きで書き出し直してください。".into(),
            Self::WrongPassword => {
                "パスワードが違います。発行通知書の記載（大文字・小文字、数字の0と英字のO）を確かめて入力し直してください。".into()
            }
            Self::UnsupportedProtection { detail } => {
                format!("証明書ファイルの暗号方式に対応していません（{detail}）。AES-256で書き出し直してください。")
            }
            Self::NoKey => "証明書ファイルに秘密鍵が入っていません。秘密鍵と一緒に書き出してください。".into(),
            Self::SeveralKeys { count } => {
                format!("証明書ファイルに秘密鍵が{count}個入っています。使う証明書1つだけを書き出してください。")
            }
            Self::NoMatchingCertificate => "証明書ファイルの中に、秘密鍵と対になる証明書がありません。発行元から取り直してください。".into(),
            Self::KeyUnsupported { detail } => format!(
                "この秘密鍵は使えません（{detail}）。RSA 2048〜8192ビット、ECDSA P-256/384/521、Ed25519に対応しています。"
            ),
            Self::Expired { subject, not_after } => {
                format!("証明書（{subject}）の有効期限が{not_after}に切れています。新しい証明書を取得してください。")
            }
            Self::NotYetValid { subject, not_before } => format!(
                "証明書（{subject}）は{not_before}から有効です。パソコンの時計を確かめるか、その時刻以降に取り込んでください。"
            ),
            Self::BadCertificate { detail } => {
                format!("証明書ファイルの中の証明書を読み取れません（{detail}）。ファイルを取り直してください。")
            }
            Self::NotFound { name } => {
                format!("証明書「{name}」は登録されていません。reseplug identity import で取り込んでください。")
            }
            Self::Sealed { file } => format!(
                "保管した証明書 {file} を開けません。書き換え・名前の変更・別の保管庫のファイルのいずれかです。証明書を取り込み直してください。"
            ),
            Self::SealKeyMissing { file } => format!(
                "証明書保管庫の鍵ファイル {file} がありません。バックアップから戻すか、空の保管庫に証明書を取り込み直してください。"
            ),
            Self::SealKeyUnusable { file, detail } => {
                format!("証明書保管庫の鍵ファイル {file} を使えません（{detail}）。所有者だけが読める状態に戻してください。")
            }
            Self::NoRandomness { detail } => {
                format!("OSから乱数を得られませんでした（{detail}）。パソコンを再起動してやり直してください。")
            }
            Self::Io { path, source, .. } => format!(
                "証明書保管庫の {path} を読み書きできません（{source}）。フォルダーの場所・権限・空き容量を確かめてください。"
            ),
        }
    }

    /// The same as a fault for plugins, journal and people.
    pub fn fault(&self) -> Fault {
        Fault::new(self.code(), self.message_ja(), self.to_string())
    }
}
