//! `cargo xtask control-plane`: one control plane that stays, for a person or for several runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use signet_tests::ControlPlane;
use signet_tests::control_plane::{DIRECTORY_VARIABLE, KUBECONFIG_VARIABLE, Options};
use signet_tests::tools::{self, Program};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start it in the background
    Up,
    /// End the processes that `up` started, and remove what they stored
    Down,
    /// Print the path of a program, building it if need be; without a name, of the control plane
    Path {
        /// The program
        #[arg(value_enum)]
        program: Option<ProgramName>,
    },
    /// Print the environment for a shell: `eval "$(cargo xtask control-plane env)"`
    Env,
}

/// What `path` knows; the names are those of the binaries.
#[derive(Clone, Copy, ValueEnum)]
enum ProgramName {
    Etcd,
    KubeApiserver,
    KubeControllerManager,
    Kubectl,
    Kubeseal,
    SealedSecretsController,
    Kustomize,
    Helm,
    Flux,
    SourceController,
    KustomizeController,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match arguments.verb {
        Verb::Up => up(),
        Verb::Down => down(),
        Verb::Path { program } => path(program),
        Verb::Env => env(),
    }
}

fn up() -> Result<()> {
    let state = state_file()?;
    if let Ok(running) = read_state(&state)
        && processes(&running).iter().any(still_the_same)
    {
        bail!("it is up already: `cargo xtask control-plane down` ends it");
    }
    let directory = tools::cache_root()?.join("control-plane");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let options = Options {
        directory: Some(directory.clone()),
        controller_manager: true,
        ..Options::default()
    };
    let plane = ControlPlane::start_with(options)?;
    let kubeconfig = plane.kubeconfig().to_owned();
    let processes: Vec<Value> = plane.detach()?.into_iter().map(process).collect();
    let text = json!({ "kubeconfig": kubeconfig, "directory": directory, "processes": processes });
    fs::write(&state, text.to_string())?;
    eprintln!("The control plane is up. `cargo xtask control-plane down` ends it.");
    env()
}

/// Ends exactly what `up` started: a process id that means another process by now is left alone.
fn down() -> Result<()> {
    let file = state_file()?;
    let state = read_state(&file)?;
    for process in processes(&state)
        .iter()
        .filter(|process| still_the_same(process))
    {
        let id = process["id"].to_string();
        let ended = Command::new("kill").args(["-KILL", &id]).status()?;
        println!(
            "process {id}: {}",
            if ended.success() { "ended" } else { "was gone" }
        );
    }
    if let Some(directory) = state["directory"].as_str() {
        fs::remove_dir_all(directory).with_context(|| directory.to_owned())?;
    }
    fs::remove_file(&file)?;
    Ok(())
}

fn path(program: Option<ProgramName>) -> Result<()> {
    let programs = match program {
        Some(name) => vec![program_of(name)],
        None => Program::CONTROL_PLANE.to_vec(),
    };
    for path in tools::find_all(&programs)? {
        println!("{}", path.display());
    }
    Ok(())
}

fn env() -> Result<()> {
    let state = read_state(&state_file()?)?;
    let text = |name: &str| state[name].as_str().unwrap_or_default().to_owned();
    let kubectl = tools::find(Program::Kubectl)?;
    println!("export KUBECONFIG='{}'", text("kubeconfig"));
    println!("export {KUBECONFIG_VARIABLE}='{}'", text("kubeconfig"));
    println!("export {DIRECTORY_VARIABLE}='{}'", text("directory"));
    println!(
        "export PATH=\"{}:$PATH\"",
        kubectl.parent().unwrap_or(Path::new(".")).display()
    );
    Ok(())
}

fn state_file() -> Result<PathBuf> {
    let cache = tools::cache_root()?;
    fs::create_dir_all(&cache)?;
    Ok(cache.join("control-plane.json"))
}

fn read_state(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path)
        .with_context(|| "it is not up: `cargo xtask control-plane up` starts it".to_owned())?;
    serde_json::from_str(&text).with_context(|| format!("{}: remove it", path.display()))
}

fn processes(state: &Value) -> Vec<Value> {
    state["processes"].as_array().cloned().unwrap_or_default()
}

/// A process id with the time of its start, which no later process of that id shares.
fn process(id: u32) -> Value {
    json!({ "id": id, "started": started(u64::from(id)) })
}

fn still_the_same(process: &Value) -> bool {
    let id = process["id"].as_u64().unwrap_or_default();
    started(id).is_some_and(|started| process["started"] == started)
}

/// Field 22 of `/proc/<id>/stat`; the name before it may hold spaces, and ends with a bracket.
fn started(id: u64) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

fn program_of(name: ProgramName) -> Program {
    match name {
        ProgramName::Etcd => Program::Etcd,
        ProgramName::KubeApiserver => Program::KubeApiserver,
        ProgramName::KubeControllerManager => Program::KubeControllerManager,
        ProgramName::Kubectl => Program::Kubectl,
        ProgramName::Kubeseal => Program::Kubeseal,
        ProgramName::SealedSecretsController => Program::SealedSecretsController,
        ProgramName::Kustomize => Program::Kustomize,
        ProgramName::Helm => Program::Helm,
        ProgramName::Flux => Program::Flux,
        ProgramName::SourceController => Program::SourceController,
        ProgramName::KustomizeController => Program::KustomizeController,
    }
}
