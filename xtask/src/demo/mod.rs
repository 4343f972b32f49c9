//! `cargo xtask demo`: the main job, on a real cluster, played as a person would type it.
//!
//! [`world`] starts what the story needs, [`stage`] runs and shows commands, [`story`] is the text.

mod stage;
mod story;
mod world;

use anyhow::Result;

/// Seal, commit, push, sync, put back, revert, rotate: on a real control plane
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Leave everything running at the end and say how to look at it
    #[arg(long)]
    keep: bool,
    /// Use this context of your kubeconfig instead of starting a control plane
    #[arg(long)]
    context: Option<String>,
}

/// Plays the story.
///
/// # Errors
/// The first step that did not do what it says, with what it did instead.
pub fn run(args: &Args) -> Result<()> {
    let world = world::World::start(args.context.as_deref())?;
    let mut stage = stage::Stage::new(world.environment(), &world.work());
    let told = story::tell(&mut stage, &world);
    stage.summary();
    if args.keep {
        world.keep()?;
    }
    told
}
