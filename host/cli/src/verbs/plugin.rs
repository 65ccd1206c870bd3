//! `reseplug plugin …`

mod inspect;
mod schema;

use super::{read, write};
use crate::SHIPPED;
use crate::args::Plugin;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
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
        Plugin::Inspect { plugin, config } => {
            inspect::run(&bytes_of(plugin)?, config.as_deref(), output)
        }
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
    let inspection = reseplug_engine::inspect(&component)?;
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

fn list(output: &Output) -> Result<Exit, Fault> {
    let found = SHIPPED
        .iter()
        .map(|(_, bytes)| Ok((reseplug_engine::inspect(bytes)?, bytes.len())))
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
