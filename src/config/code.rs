//! Where the code of one function comes from, and what does not go with it.

use super::{
    files::FileKind,
    problem::Problem,
    resolve::Scope,
    tree::{Node, Table},
};
use crate::model::{
    BucketName, CodeSource, FunctionId, ImageUri, ObjectKey, ObjectVersion, S3Object, Setting,
};

/// What AWS refuses on a function with an image: the image brings it along.
const OF_PACKAGES: [Setting; 3] = [Setting::Runtime, Setting::Handler, Setting::Layers];

/// Reads the source of a function's code; its mistakes are added.
pub(super) fn resolved(
    scope: &Scope<'_>,
    id: &FunctionId,
    table: &Table,
    problems: &mut Vec<Problem>,
) -> Option<CodeSource> {
    let code = table.table("code")?;
    let (entry, source) = code.entries.iter().find_map(|entry| {
        let source = match entry.key.as_str() {
            "path" => CodeSource::Path(entry.node.as_text()?.to_owned()),
            "zip" => CodeSource::Zip(entry.node.as_text()?.to_owned()),
            "image" => CodeSource::Image(ImageUri::new(entry.node.as_text()?).ok()?),
            "s3" => match object(entry.node.as_table()?)? {
                Ok(object) => CodeSource::S3(object),
                Err(without) => {
                    problems.push(without_version(scope, id, &entry.node, &without));
                    return None;
                }
            },
            _ => return None,
        };
        Some((entry, source))
    })?;
    match &source {
        CodeSource::Path(path) | CodeSource::Zip(path) => {
            problems.extend(missing(scope, id, &source, path, &entry.node));
        }
        CodeSource::Image(image) => {
            problems.extend(elsewhere(scope, id, image, &entry.node));
            problems.extend(OF_PACKAGES.iter().filter_map(|setting| with_image(scope, id, table, *setting)));
        }
        CodeSource::S3(_) => {}
    }
    Some(source)
}

/// An object of which no version is said.
struct Unversioned {
    bucket: BucketName,
    key: ObjectKey,
}

/// Reads an object; the schema has looked at each text.
fn object(table: &Table) -> Option<Result<S3Object, Unversioned>> {
    let bucket = BucketName::new(table.text("bucket")?).ok()?;
    let key = ObjectKey::new(table.text("key")?).ok()?;
    Some(match table.text("version").and_then(|version| ObjectVersion::new(version).ok()) {
        Some(version) => Ok(S3Object { bucket, key, version }),
        None => Err(Unversioned { bucket, key }),
    })
}

fn without_version(scope: &Scope<'_>, id: &FunctionId, node: &Node, object: &Unversioned) -> Problem {
    let Unversioned { bucket, key } = object;
    scope
        .source
        .problem(&node.span, format!("`functions.{id}.code.s3` has no `version`"))
        .labelled("the object could be replaced between the review and the apply")
        .helped(format!(
            "version = \"…\", as it says: `aws s3api head-object --bucket {bucket} --key {key} --query VersionId`"
        ))
}

/// Lambda takes an image only from a registry in its own region.
fn elsewhere(scope: &Scope<'_>, id: &FunctionId, image: &ImageUri, node: &Node) -> Option<Problem> {
    let region = scope.region.filter(|region| region.as_str() != image.region())?;
    let message = format!(
        "`functions.{id}.code.image` is in region {}, and environment `{}` is in {region}",
        image.region(),
        scope.environment
    );
    let here = image.as_str().replacen(image.region(), region.as_str(), 1);
    Some(
        scope
            .source
            .problem(&node.span, message)
            .labelled("Lambda takes images from its own region alone")
            .helped(format!("environments.{}.functions.{id}.code.image = \"{here}\"", scope.environment)),
    )
}

fn with_image(scope: &Scope<'_>, id: &FunctionId, table: &Table, setting: Setting) -> Option<Problem> {
    let entry = table.get(setting.key())?;
    let key = setting.key();
    Some(
        scope
            .source
            .problem(&entry.key_span, format!("`functions.{id}` has an image and takes no `{key}`"))
            .labelled("the image brings it along")
            .helped(match setting {
                Setting::Handler => "image_config.command = [\"app.handler\"]".to_owned(),
                _ => format!("remove `{key}`, or declare it for each function that has a package"),
            }),
    )
}

fn missing(
    scope: &Scope<'_>,
    id: &FunctionId,
    code: &CodeSource,
    path: &str,
    node: &Node,
) -> Option<Problem> {
    let is_folder_wanted = matches!(code, CodeSource::Path(_));
    let (key, wanted) = if is_folder_wanted { ("path", "a file or folder") } else { ("zip", "a zip file") };
    let (what, label) = match scope.files.kind(path) {
        FileKind::Missing => ("does not exist", "no such file"),
        FileKind::Folder if !is_folder_wanted => ("is a folder", "not a file"),
        FileKind::File | FileKind::Folder => return None,
    };
    let help = if label == "not a file" {
        format!("code.path = \"{path}\"")
    } else {
        format!("create {wanted} at `{path}`; paths are relative to the project root")
    };
    Some(
        scope
            .source
            .problem(&node.span, format!("`functions.{id}.code.{key}`: `{path}` {what}"))
            .labelled(label)
            .helped(help),
    )
}
