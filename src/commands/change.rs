//! The one way in which a verb changes an account: plan or load, show, ask and apply, under the lock.
//!
//! A verb says what it wants as a [`Change`]; what becomes of it is the same for all of them. `--dry-run`
//! stops after showing, and `--out` saves what was shown for a review, to be applied as it is later.

use std::{collections::BTreeMap, path::Path, time::Duration};

use crate::{
    ambient,
    apply::{Applied, Cancel, Deployment, ValuesFrom, apply, moved_with_group},
    artifact::is_left_behind,
    cli::ChangeArguments,
    config::parse_duration,
    error::{self, Failure},
    exit::Exit,
    model::{Address, FunctionId, GroupName, Live, Object, Recorded, Requirement},
    plan::{PlanFile, Purpose},
    provider::Code,
    render::{Detail, apply_json, apply_text},
    store::{DeploymentOutcome, Lineage, LockedStore, Outcome, StateFile},
};

use super::{
    Invocation,
    observed::{Asked, check_place, plan_now},
    packages,
    plan::{detail, save, show},
    plan_target::PlanTarget,
    project::{Project, working_folder},
    session::Session,
    signals,
};

/// What a verb wants to be changed.
pub(super) struct Change<'a> {
    /// The verb with what it is about, as one would type it: `rollback -e dev router --to 41`.
    pub(super) command: String,
    pub(super) arguments: &'a ChangeArguments,
    /// Refuses any plan with another digest.
    pub(super) digest: Option<&'a str>,
    pub(super) wanted: Wanted,
}

/// What is to be applied.
pub(super) enum Wanted {
    /// A plan that somebody saved.
    Saved(Box<PlanFile>),
    /// A plan that is made now.
    Planned(Asked),
}

/// What is about to be applied.
struct Proposal {
    file: PlanFile,
    packages: BTreeMap<FunctionId, Code>,
    known: Option<Live>,
    /// Whether somebody saved it, and so knows it.
    is_saved: bool,
}

impl Change<'_> {
    /// Returns how much to tell. Who cleans up wants to know why the rest stays.
    fn detail(&self, invocation: &Invocation<'_>) -> Detail {
        match (&self.wanted, detail(invocation)) {
            (Wanted::Planned(Asked { purpose: Purpose::CleanUp(_), .. }), Detail::Normal) => Detail::Kept,
            (_, detail) => detail,
        }
    }
}

/// Plans or takes what was saved, shows it, and asks, saves or applies.
pub(super) async fn change(
    invocation: &Invocation<'_>,
    project: &Project,
    change: Change<'_>,
) -> Result<Exit, Failure> {
    let timeout = lock_timeout(&change.arguments.lock_timeout)?;
    let out = change.arguments.out.as_deref();
    let out = out.map(|out| PlanTarget::new(out, &working_folder(invocation)?, project)).transpose()?;
    check_requirements(project, &change)?;
    check_approval(invocation, &change)?;
    let session = Session::open(invocation, project).await?;
    let detail = change.detail(invocation);
    if change.arguments.dry_run || out.is_some() {
        let proposal = propose(invocation, project, &session, change).await?;
        show(invocation, &proposal.file, &session.context(detail));
        return save_only(invocation, project, (&proposal.file, out));
    }
    // The lock comes before the last look at the account (design §3.6).
    let mut store = lock(project, timeout, &change.command).await?;
    // A damaged journal is told before anybody reads a plan that could not be carried out.
    store.interrupted()?;
    let is_approved = change.arguments.auto_approve;
    let proposal = propose(invocation, project, &session, change).await?;
    match approve(invocation, (is_approved, detail), &session, &proposal)? {
        Some(exit) => Ok(exit),
        None => carry_out(invocation, project, &session, &mut store, proposal).await,
    }
}

fn save_only(
    invocation: &Invocation<'_>,
    project: &Project,
    (file, out): (&PlanFile, Option<PlanTarget>),
) -> Result<Exit, Failure> {
    if file.plan.is_blocked() {
        if out.is_some() {
            invocation.console.note("not saved: a blocked plan cannot be applied");
        }
        return Ok(Exit::Error);
    }
    out.map_or(Ok(()), |out| save(invocation, project, file, &out))?;
    Ok(Exit::Success)
}

fn lock_timeout(text: &str) -> Result<Duration, Failure> {
    let duration = parse_duration(text).map_err(|error| Failure::new(error, "--lock-timeout 30s"))?;
    Ok(duration.unsigned_abs())
}

fn check_requirements(project: &Project, change: &Change<'_>) -> Result<(), Failure> {
    if change.arguments.dry_run || change.arguments.out.is_some() {
        return Ok(());
    }
    let environment = &project.desired.environment;
    for requirement in &project.desired.require {
        match requirement {
            Requirement::SavedPlan if matches!(change.wanted, Wanted::Planned(_)) => {
                // `plan` is the verb that saves what `apply` would do.
                let command = match change.command.strip_prefix("apply") {
                    Some(rest) => format!("plan{rest}"),
                    None => change.command.clone(),
                };
                return Err(Failure::new(
                    format!("environment `{environment}` requires a saved plan"),
                    format!("repoint {command} --out plans/"),
                ));
            }
            Requirement::CleanGit => check_clean(project)?,
            Requirement::SavedPlan => {}
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
fn check_approval(invocation: &Invocation<'_>, change: &Change<'_>) -> Result<(), Failure> {
    let ChangeArguments { auto_approve, dry_run, out, .. } = change.arguments;
    if *auto_approve || *dry_run || out.is_some() || invocation.console.can_ask() {
        return Ok(());
    }
    let command = &change.command;
    Err(Failure::new(
        "nobody can approve: standard input is not a terminal",
        format!("`repoint {command} --auto-approve`, or look first with `repoint {command} --dry-run`"),
    ))
}

async fn lock(project: &Project, timeout: Duration, command: &str) -> Result<LockedStore, Failure> {
    let store = project.store();
    let info = ambient::lock_info(command);
    let locked = tokio::task::spawn_blocking(move || store.lock(info, timeout)).await;
    locked
        .map_err(|error| Failure::because("the lock could not be taken", vec![error.to_string()], None))?
        .map_err(Into::into)
}

/// Whoever goes on in the middle of a group must know it as the one that was begun, or nobody can move it
/// back as a whole.
fn check_groups(project: &Project) -> Result<(), Failure> {
    let Some(open) = project.store().interrupted()? else { return Ok(()) };
    let is_other = |(address, group): &(Address, GroupName)| {
        let Object::Function(id) = &address.object else { return false };
        project.desired.functions.get(id).is_some_and(|function| function.group.as_ref() != Some(group))
    };
    match moved_with_group(&open).into_iter().find(is_other) {
        None => Ok(()),
        Some((address, group)) => Err(Failure::new(
            format!(
                "`{}` is not of group `{group}` any more, and deployment `{}` was interrupted while that group moved",
                address.object, open.deployment
            ),
            format!("[{}] group = \"{group}\"  # until the deployment is completed", address.object),
        )),
    }
}

async fn propose(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    change: Change<'_>,
) -> Result<Proposal, Failure> {
    check_groups(project)?;
    let proposal = match change.wanted {
        Wanted::Saved(file) => {
            check_target(session, project, &file)?;
            let packages = packages::gather_for(&file.plan, project, session).await?;
            Proposal { file: *file, packages, known: None, is_saved: true }
        }
        Wanted::Planned(asked) => {
            check_nothing_open(invocation, project, &asked)?;
            let planned = plan_now(invocation, project, session, &asked).await?;
            let file = PlanFile::new(planned.plan);
            Proposal { file, packages: planned.packages, known: Some(planned.live), is_saved: false }
        }
    };
    check_digest(change.digest, &proposal.file)?;
    Ok(proposal)
}

/// A part of a plan cannot tell what an interrupted deployment still has to do. Who moves an alias now
/// has a reason to, and an interrupted deployment is the best of all: what is left of it is planned anew.
fn check_nothing_open(invocation: &Invocation<'_>, project: &Project, asked: &Asked) -> Result<(), Failure> {
    let is_whole = asked.selection.is_whole() && asked.purpose == Purpose::Converge;
    let Some(open) = project.store().interrupted()?.filter(|_| !is_whole) else { return Ok(()) };
    let apply = format!("repoint apply -e {}", project.desired.environment);
    if let Purpose::Aliases(_) = asked.purpose {
        let words = format!(
            "deployment `{}` was interrupted; this goes on under its id and closes it, and `{apply}` plans anew what is left",
            open.deployment
        );
        invocation.console.note(&words);
        return Ok(());
    }
    Err(Failure::new(
        format!("deployment `{}` was interrupted, and a part of a plan cannot resume it", open.deployment),
        apply,
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

fn check_digest(wanted: Option<&str>, file: &PlanFile) -> Result<(), Failure> {
    let Some(wanted) = wanted else { return Ok(()) };
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
    (is_approved, detail): (bool, Detail),
    session: &Session,
    proposal: &Proposal,
) -> Result<Option<Exit>, Failure> {
    let plan = &proposal.file.plan;
    // A saved plan that somebody approved was read before; its name is enough.
    let is_known = proposal.is_saved && is_approved;
    match (is_known, invocation.global.json) {
        (true, _) => invocation.console.note(&format!(
            "Applying plan {} to `{}`.",
            proposal.file.digest.short(),
            plan.environment
        )),
        (false, true) => {}
        (false, false) => show(invocation, &proposal.file, &session.context(detail)),
    }
    if plan.is_blocked() {
        if invocation.global.json {
            show(invocation, &proposal.file, &session.context(detail));
        }
        return Ok(Some(Exit::Error));
    }
    if plan.is_empty() || is_approved {
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
            values: ValuesFrom::Sources(&ambient::variable),
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
        (None, _) => tell_nothing(invocation),
    }
}

/// Says to programs that nothing was to be done; people read it in the plan.
pub(super) fn tell_nothing(invocation: &Invocation<'_>) {
    if invocation.global.json {
        let nothing = serde_json::json!({ "schema": "repoint.apply/1", "outcome": "nothing_to_do" });
        invocation.console.json_line(&nothing);
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
        | Outcome::MovedBack { .. }
        | Outcome::NotMovedBack { .. }
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
