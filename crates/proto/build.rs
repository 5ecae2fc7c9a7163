//! Compiles `/proto` without protoc and writes the descriptor set that reflection serves.
use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const SERVICES: [&str; 9] =
    ["user", "room", "expense", "bill", "payment", "wallet", "risk", "audit", "event"];
/// Further services of a package, in files of their own.
const FURTHER: [&str; 4] =
    ["user/v1/membership", "expense/v1/share_payment", "bill/v1/order", "payment/v1/withdrawal"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let files: Vec<PathBuf> = SERVICES
        .iter()
        .map(|name| format!("{name}/v1/{name}"))
        .chain(FURTHER.map(str::to_owned))
        .map(|file| root.join(format!("dormpay/{file}.proto")))
        .collect();
    let descriptors = protox::compile(&files, [&root])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("dormpay.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().bytes(".").compile_fds(descriptors)?;
    Ok(())
}
