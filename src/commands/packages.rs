//! Packs the code of the managed functions.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    artifact::{self, Package},
    diff,
    error::{self, Failure},
    model::{CodeSource, Desired, FunctionId},
};

/// Packs every function whose code is managed. The same files give the same bytes everywhere.
pub(crate) fn pack(root: &Path, desired: &Desired) -> Result<BTreeMap<FunctionId, Package>, Failure> {
    let managed = desired.functions.iter().filter_map(|(id, function)| Some((id, function.code.as_ref()?)));
    managed
        .map(|(id, source)| {
            Ok((id.clone(), pack_one(root, source).map_err(|error| told(id, source, error))?))
        })
        .collect()
}

fn pack_one(root: &Path, source: &CodeSource) -> Result<Package, Failure> {
    let path = root.join(source.path());
    match source {
        CodeSource::Path(_) => Ok(artifact::pack(artifact::entries_of(&path)?)?),
        CodeSource::Zip(_) => {
            let bytes = fs::read(&path).map_err(|error| error::file("read", &path, &error))?;
            Ok(artifact::finished(bytes)?)
        }
    }
}

/// Puts in front of a failure which function it is about, and what it is packed from.
fn told(id: &FunctionId, source: &CodeSource, mut failure: Failure) -> Failure {
    let message = format!("the code of `functions.{id}` cannot be packed from `{}`", source.path());
    for report in &mut failure.reports {
        let cause = std::mem::replace(&mut report.message, message.clone());
        report.causes.insert(0, cause);
    }
    failure
}

/// Returns the facts about the packages that a plan needs.
pub(crate) fn facts(packages: &BTreeMap<FunctionId, Package>) -> BTreeMap<FunctionId, diff::Package> {
    let fact = |package: &Package| diff::Package { sha256: package.sha256.clone(), size: package.size() };
    packages.iter().map(|(id, package)| (id.clone(), fact(package))).collect()
}
