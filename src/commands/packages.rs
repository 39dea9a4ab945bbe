//! Gathers the code of the managed functions: packs what is in the project, and asks S3 for the hash of what
//! Lambda will fetch there. The bytes of an object never come here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use futures_util::{StreamExt as _, stream};

use crate::{
    artifact, diff,
    error::{self, Failure},
    model::{CodeSource, Desired, FunctionId, Object, Region, S3Object, UnreadCode},
    plan::{Operation, Plan},
    provider::{Code, FailureKind, ProviderError, Reader as _, StoredObject},
};

use super::{project::Project, session::Session};

/// The code of every function whose code is managed, as far as it could be read. An object that nobody
/// can read stops what needs it, and nothing else: going back to a published version needs none.
pub(crate) struct Gathered {
    pub(crate) packages: BTreeMap<FunctionId, Code>,
    pub(crate) unread: BTreeMap<FunctionId, UnreadCode>,
}

/// Gathers the code. The same sources give the same hashes everywhere.
pub(crate) async fn gather(project: &Project, session: &Session) -> Result<Gathered, Failure> {
    let mut packages = pack(&project.root, &project.desired)?;
    let (found, failures) = read_objects(project, session, |_| true).await;
    packages.extend(found);
    let unread = failures.into_iter().map(|(id, failure)| (id, words_of(failure))).collect();
    Ok(Gathered { packages, unread })
}

fn words_of(failure: Failure) -> UnreadCode {
    let (mut message, mut help) = (Vec::new(), None);
    for report in failure.reports {
        message.push(report.message);
        message.extend(report.causes);
        help = help.or(report.help);
    }
    UnreadCode {
        message: message.join(": "),
        help: help.unwrap_or_else(|| "run the same command again".to_owned()),
    }
}

/// Gathers the code that a plan sends; what became of other objects is nothing to an apply.
pub(crate) async fn gather_for(
    plan: &Plan,
    project: &Project,
    session: &Session,
) -> Result<BTreeMap<FunctionId, Code>, Failure> {
    let sent = plan.actions.iter().filter_map(|action| match (&action.address.object, &action.operation) {
        (Object::Function(id), Operation::CreateFunction(_) | Operation::UpdateCode { .. }) => Some(id),
        _ => None,
    });
    let sent: BTreeSet<&FunctionId> = sent.collect();
    let mut packages = pack(&project.root, &project.desired)?;
    packages.extend(objects(project, session, |id| sent.contains(id)).await?);
    Ok(packages)
}

/// Returns the code of those functions whose code is an object of S3.
pub(crate) async fn objects(
    project: &Project,
    session: &Session,
    is_wanted: impl Fn(&FunctionId) -> bool,
) -> Result<BTreeMap<FunctionId, Code>, Failure> {
    let (found, failures) = read_objects(project, session, is_wanted).await;
    failures.into_values().next().map_or(Ok(found), Err)
}

async fn read_objects(
    project: &Project,
    session: &Session,
    is_wanted: impl Fn(&FunctionId) -> bool,
) -> (BTreeMap<FunctionId, Code>, BTreeMap<FunctionId, Failure>) {
    let desired = &project.desired;
    let declared = desired.functions.iter().filter(|(id, _)| is_wanted(id));
    let objects: BTreeMap<&FunctionId, &S3Object> = declared
        .filter_map(|(id, function)| match &function.code {
            Some(CodeSource::S3(object)) => Some((id, object)),
            Some(CodeSource::Path(_) | CodeSource::Zip(_) | CodeSource::Image(_)) | None => None,
        })
        .collect();
    let stored = stored(session, &objects, desired.limits.parallelism).await;
    let (mut found, mut failures) = (BTreeMap::new(), BTreeMap::new());
    for (id, object) in objects {
        match &stored[object] {
            Ok(stored) => drop(found.insert(id.clone(), Code::Object(object.clone(), stored.clone()))),
            Err(error) => drop(failures.insert(id.clone(), unread(session, id, object, error.clone()))),
        }
    }
    (found, failures)
}

/// Packs the code that is in the project, and reads what an image's address says.
pub(crate) fn pack(root: &Path, desired: &Desired) -> Result<BTreeMap<FunctionId, Code>, Failure> {
    let managed = desired.functions.iter().filter_map(|(id, function)| Some((id, function.code.as_ref()?)));
    let mut packages = BTreeMap::new();
    for (id, source) in managed {
        let code = pack_one(root, source).map_err(|error| told(id, source, error))?;
        packages.extend(code.map(|code| (id.clone(), code)));
    }
    Ok(packages)
}

fn pack_one(root: &Path, source: &CodeSource) -> Result<Option<Code>, Failure> {
    Ok(match source {
        CodeSource::Path(path) => Some(artifact::pack(artifact::entries_of(&root.join(path))?)?.into()),
        CodeSource::Zip(path) => {
            let path = root.join(path);
            let bytes = fs::read(&path).map_err(|error| error::file("read", &path, &error))?;
            Some(artifact::finished(bytes)?.into())
        }
        CodeSource::Image(image) => Some(Code::Image(image.clone())),
        CodeSource::S3(_) => None,
    })
}

/// Puts in front of a failure which function it is about, and what it is packed from.
fn told(id: &FunctionId, source: &CodeSource, mut failure: Failure) -> Failure {
    let message = format!("the code of `functions.{id}` cannot be packed from `{source}`");
    for report in &mut failure.reports {
        let cause = std::mem::replace(&mut report.message, message.clone());
        report.causes.insert(0, cause);
    }
    failure
}

/// Asks S3 for each object once, several at a time.
async fn stored<'a>(
    session: &Session,
    objects: &BTreeMap<&FunctionId, &'a S3Object>,
    parallelism: u32,
) -> BTreeMap<&'a S3Object, Result<StoredObject, ProviderError>> {
    let distinct: BTreeSet<&S3Object> = objects.values().copied().collect();
    let read = |object: &'a S3Object| async move { (object, session.reader().object(object).await) };
    let parallelism = usize::try_from(parallelism).unwrap_or(1).max(1);
    stream::iter(distinct).map(read).buffer_unordered(parallelism).collect().await
}

fn unread(session: &Session, id: &FunctionId, object: &S3Object, error: ProviderError) -> Failure {
    let S3Object { bucket, key, version } = object;
    let line = format!(
        "functions.{id}.code.s3 = {{ bucket = \"{bucket}\", key = \"{key}\", version = \"{version}\" }}"
    );
    let help = match &error.kind {
        FailureKind::NotFound if session.is_still() => {
            format!(
                "the snapshot was taken without `{line}`; take another one: `repoint snapshot --out FILE`"
            )
        }
        FailureKind::NotFound => format!(
            "`{line}` must name what is there: `aws s3api list-object-versions --bucket {bucket} --prefix {key}`"
        ),
        FailureKind::Denied => format!(
            "`{line}`: allow `s3:GetObjectVersion` on `arn:{}:s3:::{bucket}/{key}`, and `s3:ListBucket` on the \
             bucket, without which S3 denies what is not there",
            session.place.partition
        ),
        FailureKind::Refused => elsewhere(&line, object, &session.place.region),
        _ => {
            let mut failure = Failure::from(error);
            for report in &mut failure.reports {
                let cause = std::mem::replace(&mut report.message, unread_words(id, object));
                report.causes.insert(0, cause);
            }
            return failure;
        }
    };
    Failure::because(unread_words(id, object), vec![error.message], Some(help))
}

fn unread_words(id: &FunctionId, object: &S3Object) -> String {
    format!("the code of `functions.{id}` cannot be read from `{object}`")
}

fn elsewhere(line: &str, object: &S3Object, region: &Region) -> String {
    let S3Object { bucket, key, .. } = object;
    format!("`{line}` must name a package in {region}: `aws s3 cp s3://{bucket}/{key} s3://BUCKET/{key}`")
}

/// Returns the facts about the packages that a plan needs.
pub(crate) fn facts(packages: &BTreeMap<FunctionId, Code>) -> BTreeMap<FunctionId, diff::Package> {
    let fact = |code: &Code| diff::Package { sha256: code.sha256(), size: code.size() };
    packages.iter().map(|(id, code)| (id.clone(), fact(code))).collect()
}
