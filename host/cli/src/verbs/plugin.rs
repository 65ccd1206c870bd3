//! `reseplug plugin …`

use super::{read, write};
use crate::SHIPPED;
use crate::args::Plugin;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
use reseplug_engine::{Inspection, inspect};
use reseplug_pack::build::PackInput;
use std::path::{Path, PathBuf};

pub(crate) fn run(verb: &Plugin, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Plugin::Pack {
            input,
            manifest,
            output: to,
            dry_run,
        } => pack(input, manifest.as_deref(), to.as_deref(), *dry_run, output),
        Plugin::Inspect { plugin } => show(&bytes_of(plugin)?, output),
        Plugin::List => list(output),
    }
}

fn pack(
    input: &Path,
    manifest: Option<&Path>,
    to: Option<&Path>,
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    let build_fault = |error: reseplug_pack::build::BuildError| {
        Fault::new(
            "plugin/pack",
            format!("プラグインを作れません: {error}"),
            format!("the plugin cannot be made: {error}"),
        )
    };
    let found = PackInput::detect(input, manifest).map_err(build_fault)?;
    // Beside the author's own build folder, so that it is found and cleaned where expected.
    let target = if input.is_dir() {
        input.join("target/reseplug")
    } else {
        PathBuf::from("target/reseplug")
    };
    let component = found.pack(&target).map_err(build_fault)?;
    let inspection = inspect(&component)?;
    let file = to.map_or_else(
        || PathBuf::from(format!("{}.wasm", inspection.manifest.id)),
        Path::to_path_buf,
    );
    if !dry_run {
        write(&file, &component)?;
    }
    output.show(
        &serde_json::json!({
            "file": file.display().to_string(), "written": !dry_run,
            "bytes": component.len(), "digest": inspection.digest.to_string(),
        }),
        |lines| {
            lines.push(format!(
                "{}  {} bytes  {}",
                file.display(),
                component.len(),
                inspection.digest
            ));
        },
    );
    Ok(Exit::Done)
}

fn bytes_of(plugin: &str) -> Result<Vec<u8>, Fault> {
    let Some(id) = plugin.strip_prefix("builtin:") else {
        return read(Path::new(plugin));
    };
    SHIPPED
        .iter()
        .find(|(name, _)| *name == id)
        .map(|(_, bytes)| bytes.to_vec())
        .ok_or_else(|| {
            let known = SHIPPED
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", ");
            Fault::new(
                "plugin/unknown",
                format!("同梱のプラグインに「{id}」はありません。あるのは: {known}"),
                format!("no plugin `{id}` ships with this program; there are: {known}"),
            )
        })
}

fn show(bytes: &[u8], output: &Output) -> Result<Exit, Fault> {
    let found: Inspection = inspect(bytes)?;
    let manifest = &found.manifest;
    output.show(
        &serde_json::json!({
            "id": manifest.id.to_string(), "version": manifest.version, "vendor": manifest.vendor,
            "contract": found.contract.to_string(), "digest": found.digest.to_string(),
            "roles": found.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "capabilities": manifest.capabilities.iter().map(|c| c.capability.to_string()).collect::<Vec<_>>(),
            "imports": found.imports, "exports": found.exports, "bytes": bytes.len(),
        }),
        |lines| {
            lines.push(format!("{} {}  ({})", manifest.id, manifest.version, manifest.vendor));
            lines.push(format!("  {}", output.say(&manifest.name_ja, &manifest.name_en)));
            lines.push(format!("  {}: {}", output.say("ダイジェスト", "digest"), found.digest));
            lines.push(format!("  {}: {}", output.say("契約", "contract"), found.contract));
            for role in &found.roles {
                lines.push(format!("  {}: {role}", output.say("役割", "role")));
            }
            for requested in &manifest.capabilities {
                lines.push(format!(
                    "  {}: {} — {}",
                    output.say("要求", "asks for"),
                    requested.capability,
                    output.say(&requested.reason_ja, &requested.reason_en)
                ));
            }
            for import in &found.imports {
                lines.push(format!("  import {import}"));
            }
            for export in &found.exports {
                lines.push(format!("  export {export}"));
            }
        },
    );
    Ok(Exit::Done)
}

fn list(output: &Output) -> Result<Exit, Fault> {
    let found = SHIPPED
        .iter()
        .map(|(_, bytes)| Ok((inspect(bytes)?, bytes.len())))
        .collect::<Result<Vec<_>, Fault>>()?;
    let value: Vec<_> = found
        .iter()
        .map(|(i, bytes)| serde_json::json!({"id": i.manifest.id.to_string(), "version": i.manifest.version, "digest": i.digest.to_string(), "bytes": bytes}))
        .collect();
    output.show(&serde_json::json!({ "plugins": value }), |lines| {
        let rows = found
            .iter()
            .map(|(i, bytes)| {
                let roles = i
                    .roles
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                vec![
                    i.manifest.id.to_string(),
                    roles,
                    output
                        .say(&i.manifest.name_ja, &i.manifest.name_en)
                        .to_owned(),
                    bytes.to_string(),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("名前", "id"),
                ("役割", "roles"),
                ("説明", "what"),
                ("バイト", "bytes"),
            ],
            rows,
        ));
    });
    Ok(Exit::Done)
}
