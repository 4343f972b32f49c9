//! `cargo xtask demo`: the main job, on a real cluster, played as a person would type it.
//!
//! [`world`] starts what the story needs, [`borrowed`] is a cluster of yours, [`stage`] runs and shows
//! commands, [`story`] is the text.

mod borrowed;
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
    /// Use this context of your kubeconfig instead of starting a control plane; what the story makes
    /// there is removed at the end
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
    if let Some(context) = &args.context {
        borrowed::look(&stage, context)?;
    }
    let told = story::tell(&mut stage, &world);
    let left = match args.context.is_some() && !args.keep {
        true => borrowed::leave(&mut stage),
        false => Ok(()),
    };
    stage.summary();
    if args.keep {
        world.keep()?;
    }
    told.and(left)
}
