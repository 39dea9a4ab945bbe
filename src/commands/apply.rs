//! `apply`: a saved plan, or plan, show, ask and apply, all under the lock.

use std::{collections::BTreeMap, path::Path, time::Duration};

use crate::{
    ambient,
    apply::{Applied, Cancel, Deployment, apply},
    artifact::{Package, is_left_behind},
    cli::ApplyArguments,
    config::parse_duration,
    error::{self, Failure},
    exit::Exit,
    model::{EnvironmentName, FunctionId, Live, Recorded, Requirement},
    plan::{PlanFile, Selection, lint},
    render::{apply_json, apply_text},
    store::{DeploymentOutcome, Lineage, LockedStore, Outcome, StateFile},
};

use super::{
    Invocation,
    observed::{Asked, check_place, plan_now},
    packages,
    plan::{detail, show},
    plan_file,
    project::Project,
    session::Session,
    signals,
};

/// What is about to be applied.
struct Proposal {
    file: PlanFile,
    packages: BTreeMap<FunctionId, Package>,
    known: Option<Live>,
}

/// What somebody wants to be applied.
struct Wanted<'a> {
    arguments: &'a ApplyArguments,
    asked: &'a Asked,
    saved: Option<PlanFile>,
}

/// Locks, plans or loads, shows, asks, applies.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &ApplyArguments) -> Result<Exit, Failure> {
    let saved = arguments.plan.as_deref().map(|path| plan_file::read(invocation, path)).transpose()?;
    let project = Project::open_for(invocation, saved.as_ref().map(|file| &file.plan.environment))?;
    let timeout = lock_timeout(&arguments.lock_timeout)?;
    if let (Some(file), Some(path)) = (&saved, &arguments.plan) {
        check_plan(&project, file, path)?;
    }
    let asked = asked(&project, arguments)?;
    check_requirements(&project, arguments)?;
    check_approval(invocation, &project, arguments)?;
    let session = Session::open(invocation, &project).await?;
    if arguments.dry_run {
        let wanted = Wanted { arguments, asked: &asked, saved };
        let proposal = propose(invocation, &project, &session, wanted).await?;
        show(invocation, &proposal.file, &session.context(detail(invocation)));
        return Ok(if proposal.file.plan.is_blocked() { Exit::Error } else { Exit::Success });
    }
    // The lock comes before the last look at the account (design §3.6).
    let mut store = lock(&project, timeout, arguments).await?;
    // A damaged journal is told before anybody reads a plan that could not be carried out.
    store.interrupted()?;
    let wanted = Wanted { arguments, asked: &asked, saved };
    let proposal = propose(invocation, &project, &session, wanted).await?;
    match approve(invocation, arguments, &session, &proposal)? {
        Some(exit) => Ok(exit),
        None => carry_out(invocation, &project, &session, &mut store, proposal).await,
    }
}

fn lock_timeout(text: &str) -> Result<Duration, Failure> {
    let duration = parse_duration(text).map_err(|error| Failure::new(error, "--lock-timeout 30s"))?;
    Ok(duration.unsigned_abs())
}

/// Holds a saved plan against the TOML.
pub(super) fn check_plan(project: &Project, file: &PlanFile, path: &Path) -> Result<(), Failure> {
    let problems = lint(&file.plan, &project.desired);
    if problems.is_empty() {
        return Ok(());
    }
    let causes = problems.iter().map(ToString::to_string).collect();
    let help = format!("make a new plan: `repoint plan -e {} --out plans/`", project.desired.environment);
    Err(Failure::because(format!("`{}` is not a plan for this", path.display()), causes, Some(help)))
}

fn check_requirements(project: &Project, arguments: &ApplyArguments) -> Result<(), Failure> {
    let environment = &project.desired.environment;
    for requirement in &project.desired.require {
        match requirement {
            Requirement::SavedPlan if arguments.plan.is_none() && !arguments.dry_run => {
                return Err(Failure::new(
                    format!("environment `{environment}` requires a saved plan"),
                    format!("repoint plan -e {environment} --out plans/"),
                ));
            }
            Requirement::CleanGit if !arguments.dry_run => check_clean(project)?,
            Requirement::SavedPlan | Requirement::CleanGit => {}
        }
    }
    Ok(())
}

fn check_clean(project: &Project) -> Result<(), Failure> {
    let environment = &project.desired.environment;
    let changed = ambient::uncommitted(&project.root, &project.inputs());
    // What is never packed cannot change a package.
    let changed = changed.map(|paths| {
        paths.into_iter().filter(|path| !is_left_behind(path.trim_end_matches('/'))).collect::<Vec<_>>()
    });
    match changed {
        None => Err(Failure::new(
            format!("environment `{environment}` requires clean-git, and this is no git checkout"),
            "git init, or remove \"clean-git\" from `require`",
        )),
        Some(changed) if !changed.is_empty() => Err(Failure::because(
            format!(
                "environment `{environment}` requires clean-git, and files of the plan are not committed"
            ),
            changed,
            Some("git commit, then plan again".to_owned()),
        )),
        Some(_) => Ok(()),
    }
}

/// Without a terminal nobody can be asked, so somebody must have approved before.
fn check_approval(
    invocation: &Invocation<'_>,
    project: &Project,
    arguments: &ApplyArguments,
) -> Result<(), Failure> {
    if arguments.auto_approve || arguments.dry_run || invocation.console.can_ask() {
        return Ok(());
    }
    let apply = command(&project.desired.environment, arguments);
    Err(Failure::new(
        "nobody can approve: standard input is not a terminal",
        format!("`repoint {apply} --auto-approve`, or look first with `repoint {apply} --dry-run`"),
    ))
}

/// The verb with what it is about, as one would type it.
fn command(environment: &EnvironmentName, arguments: &ApplyArguments) -> String {
    if let Some(plan) = &arguments.plan {
        return format!("apply -e {environment} {}", plan.display());
    }
    let flag = |flag: &'static str, addresses: &[String]| -> Vec<String> {
        addresses.iter().flat_map(|address| [flag.to_owned(), address.clone()]).collect()
    };
    let verb = vec!["apply -e".to_owned(), environment.to_string()];
    let flags = [flag("--target", &arguments.target), flag("--exclude", &arguments.exclude)];
    [verb, flags.concat()].concat().join(" ")
}

fn asked(project: &Project, arguments: &ApplyArguments) -> Result<Asked, Failure> {
    let ApplyArguments { max_deletes, target, exclude, .. } = arguments;
    Asked::new(&project.desired, *max_deletes, (target, exclude))
}

async fn lock(
    project: &Project,
    timeout: Duration,
    arguments: &ApplyArguments,
) -> Result<LockedStore, Failure> {
    let store = project.store();
    let info = ambient::lock_info(&command(&project.desired.environment, arguments));
    let locked = tokio::task::spawn_blocking(move || store.lock(info, timeout)).await;
    locked
        .map_err(|error| Failure::because("the lock could not be taken", vec![error.to_string()], None))?
        .map_err(Into::into)
}

async fn propose(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    Wanted { arguments, asked, saved }: Wanted<'_>,
) -> Result<Proposal, Failure> {
    let proposal = if let Some(file) = saved {
        check_target(session, project, &file)?;
        Proposal { file, packages: packages::pack(&project.root, &project.desired)?, known: None }
    } else {
        check_nothing_open(project, arguments, &asked.selection)?;
        let planned = plan_now(invocation, project, session, asked).await?;
        Proposal { file: PlanFile::new(planned.plan), packages: planned.packages, known: Some(planned.live) }
    };
    check_digest(arguments, &proposal.file)?;
    Ok(proposal)
}

/// A part of a plan cannot tell what an interrupted deployment still has to do.
fn check_nothing_open(
    project: &Project,
    arguments: &ApplyArguments,
    selection: &Selection,
) -> Result<(), Failure> {
    if selection.is_whole() {
        return Ok(());
    }
    let Some(open) = project.store().interrupted()? else { return Ok(()) };
    let whole = ApplyArguments { target: Vec::new(), exclude: Vec::new(), ..arguments.clone() };
    Err(Failure::new(
        format!("deployment `{}` was interrupted, and a part of a plan cannot resume it", open.deployment),
        format!("repoint {}", command(&project.desired.environment, &whole)),
    ))
}

fn check_target(session: &Session, project: &Project, file: &PlanFile) -> Result<(), Failure> {
    check_place(session, project.store().state()?.as_ref())?;
    let (planned, here) = (&file.plan.place, &session.place);
    if planned == here {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "the plan is for account {}, region {}, and this is account {}, region {}",
            planned.account, planned.region, here.account, here.region
        ),
        format!("use credentials of account {}: `repoint … --profile NAME`", planned.account),
    ))
}

fn check_digest(arguments: &ApplyArguments, file: &PlanFile) -> Result<(), Failure> {
    let Some(wanted) = &arguments.digest else { return Ok(()) };
    if wanted.len() < 8 {
        let message = format!("`--digest {wanted}` is too short: 8 digits or all 64 are needed");
        return Err(Failure::new(message, "give the digest that the reviewed page of the plan shows"));
    }
    let is_given = file.digest.as_str().starts_with(&wanted.to_ascii_lowercase());
    if is_given {
        return Ok(());
    }
    let message = format!("the plan has digest {}, and --digest says {wanted}", file.digest.short());
    Err(Failure::new(message, "review the plan again, then give its digest").exiting(Exit::Stale))
}

/// Shows the plan and asks. Returns an exit where there is nothing to carry out.
fn approve(
    invocation: &Invocation<'_>,
    arguments: &ApplyArguments,
    session: &Session,
    proposal: &Proposal,
) -> Result<Option<Exit>, Failure> {
    let plan = &proposal.file.plan;
    // A saved plan that somebody approved was read before; its name is enough.
    let is_known = arguments.plan.is_some() && arguments.auto_approve;
    match (is_known, invocation.global.json) {
        (true, _) => invocation.console.note(&format!(
            "Applying plan {} to `{}`.",
            proposal.file.digest.short(),
            plan.environment
        )),
        (false, true) => {}
        (false, false) => show(invocation, &proposal.file, &session.context(detail(invocation))),
    }
    if plan.is_blocked() {
        if invocation.global.json {
            show(invocation, &proposal.file, &session.context(detail(invocation)));
        }
        return Ok(Some(Exit::Error));
    }
    if plan.is_empty() || arguments.auto_approve {
        return Ok(None);
    }
    let question = format!("Apply this to `{}` in account {}?", plan.environment, plan.place.account);
    let answer = invocation.console.ask(&question);
    if answer.map_err(|error| error::file("read", Path::new("standard input"), &error))? {
        return Ok(None);
    }
    invocation.console.note("Declined; nothing was sent.");
    Ok(Some(Exit::Error))
}

async fn carry_out(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    store: &mut LockedStore,
    proposal: Proposal,
) -> Result<Exit, Failure> {
    let cancel = Cancel::default();
    signals::listen(&cancel, invocation.console);
    let progress = invocation.console.progress();
    let applied = apply(
        Deployment {
            provider: session.provider(),
            plan: &proposal.file.plan,
            plan_digest: &proposal.file.digest,
            desired: &project.desired,
            packages: &proposal.packages,
            known: proposal.known,
            new_id: ambient::deployment_id(),
            new_state: new_state(project, session)?,
            git: ambient::git(&project.root),
            who: ambient::who(),
            clock: &ambient::now,
            cancel: &cancel,
            listener: &progress,
            order: None,
        },
        store,
    )
    .await;
    drop(progress);
    let applied = applied.map_err(|error| error::not_applied(error, &project.desired.environment))?;
    report(invocation, &applied);
    Ok(exit(&applied))
}

pub(super) fn new_state(project: &Project, session: &Session) -> Result<StateFile, Failure> {
    let lineage = Lineage::new(ambient::unique_id())
        .map_err(|error| Failure::new(error.to_string(), "run it again"))?;
    Ok(StateFile {
        lineage,
        serial: 0,
        environment: project.desired.environment.clone(),
        account: session.place.account.clone(),
        region: session.place.region.clone(),
        recorded: Recorded::default(),
    })
}

fn report(invocation: &Invocation<'_>, applied: &Applied) {
    match (&applied.manifest, invocation.global.json) {
        (Some(manifest), true) => invocation.console.data(&format!("{}\n", apply_json(manifest))),
        (Some(manifest), false) => invocation.console.data(&apply_text(manifest, invocation.console.style())),
        (None, true) => {
            invocation
                .console
                .json_line(&serde_json::json!({ "schema": "repoint.apply/1", "outcome": "nothing_to_do" }));
        }
        (None, false) => {}
    }
}

fn exit(applied: &Applied) -> Exit {
    let Some(manifest) = &applied.manifest else { return Exit::Success };
    let is_all_moved = manifest.actions.iter().all(|action| match &action.outcome {
        Outcome::Moved { .. } | Outcome::Skipped { .. } | Outcome::AlreadyDone => true,
        Outcome::Done { .. }
        | Outcome::Protected { .. }
        | Outcome::Failed { .. }
        | Outcome::Unknown { .. }
        | Outcome::NotBegun => false,
    });
    match manifest.outcome {
        DeploymentOutcome::Completed => Exit::Success,
        DeploymentOutcome::Failed | DeploymentOutcome::Interrupted if applied.is_anything_done => {
            Exit::Incomplete
        }
        DeploymentOutcome::Failed if is_all_moved => Exit::Stale,
        DeploymentOutcome::Failed | DeploymentOutcome::Interrupted => Exit::Error,
    }
}
