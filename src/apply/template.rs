//! Fills the description of a version at apply, when commit and deployment are known.

use crate::store::{DeploymentId, GitInfo};

/// AWS takes 256 characters (T26); a longer text is cut.
const LIMIT: usize = 256;

/// Fills `${git.short}`, `${git.commit}` and `${deploy.id}`; without a repository the git parts
/// are empty.
pub(super) fn description(template: &str, deployment: &DeploymentId, git: Option<&GitInfo>) -> String {
    let (short, commit) = git.map_or((String::new(), String::new()), |git| {
        let mark = if git.is_dirty { "-dirty" } else { "" };
        (format!("{}{mark}", git.short), format!("{}{mark}", git.commit))
    });
    let filled = template
        .replace("${git.short}", &short)
        .replace("${git.commit}", &commit)
        .replace("${deploy.id}", deployment.as_str());
    filled.trim().chars().take(LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t26_a_description_is_cut_to_256_characters() {
        let deployment = DeploymentId::parse("deploy-20261122T101500Z-1a2b").unwrap();
        let git = GitInfo { commit: "a".repeat(40), short: "aaaaaaa".to_owned(), is_dirty: true };
        let short = "${git.short} ${deploy.id}";
        assert_eq!(description(short, &deployment, Some(&git)), "aaaaaaa-dirty deploy-20261122T101500Z-1a2b");
        assert_eq!(description(short, &deployment, None), "deploy-20261122T101500Z-1a2b");
        assert_eq!(description(&"ü".repeat(300), &deployment, None).chars().count(), 256);
    }
}
