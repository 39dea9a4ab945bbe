//! What exists can be declared, whatever it is, and the plan right after is empty.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use repoint::{
    adopt::{Adopting, Adoption, Existing, Extent, Inherited, Placement},
    config::{self, MemoryFiles, Problem, SourceFile},
    model::{Desired, EnvironmentName, FunctionName, MachineName, Part},
    plan::{Finding, Severity},
    provider::{Provider, observe_function, observe_machine},
};

use crate::{
    Verdict,
    account::{Account, place},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
};

const PROJECT: &str = "schema = 1\nproject = \"laws\"\n[environments.dev]\n";

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn an_import_has_an_empty_plan(case in case(), all in any::<bool>()) {
        on_virtual_time(imported(&case, if all { Extent::Settings } else { Extent::Aliases }))?;
    }
}

async fn imported(case: &Case, extent: Extent) -> Verdict {
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let existing = existing(&provider).await;
    let before = account.view();
    let empty = MemoryFiles::default();
    let declared = resolved(PROJECT, &empty).unwrap();
    let mut refused = BTreeMap::new();
    let (adoption, desired) = loop {
        let adoption = Adoption::of(
            &existing,
            &Adopting {
                origin: "a law",
                desired: &declared,
                inherited: &Inherited::default(),
                placement: Placement::TopLevel,
                extent,
                folder: "config",
                files: &empty,
                cautious: &BTreeSet::new(),
                refused: &refused,
            },
        );
        let definitions = adoption.definitions.iter();
        let files = MemoryFiles::new(definitions.map(|(path, text)| (path.as_str(), text.as_str())));
        let problems = match resolved(&adoption.appended_to(PROJECT), &files) {
            Ok(desired) => break (adoption, desired),
            Err(problems) => problems,
        };
        // A machine may call an alias that does not exist; the verb leaves it out too.
        for problem in problems {
            let name = adoption.paths.get(&*problem.file);
            prop_assert!(name.is_some(), "{problem:#?}\n{}", adoption.toml);
            refused.extend(name.map(|name| (name.clone(), problem.message)));
        }
    };
    prop_assert_eq!(&adoption.left_out, &refused);
    prop_assert_eq!(adoption.functions.len(), existing.functions.len());
    prop_assert_eq!(adoption.machines.len() + refused.len(), existing.machines.len());
    let wish = Wish { desired, packages: BTreeMap::new() };
    let planned = account.plan(&provider, &wish).await.file.plan;
    prop_assert!(planned.is_empty(), "{}\n{planned:#?}", adoption.toml);
    // A call that leads nowhere already blocks every plan; the verb leaves such a machine out.
    let blocking = planned.findings.iter().filter(|finding| finding.severity == Severity::Blocking);
    let is_old = |finding: &Finding| finding.address.part == Part::Definition;
    prop_assert!(blocking.clone().all(is_old), "{}\n{planned:#?}", adoption.toml);
    prop_assert_eq!(account.view(), before);
    Ok(())
}

/// Reads all that the region has, as the verb does.
async fn existing(provider: &impl Provider) -> Existing {
    let mut existing = Existing::default();
    for named in provider.functions().await.unwrap() {
        let name = FunctionName::new(named.name).unwrap();
        existing.functions.extend(observe_function(provider, &name).await.unwrap().present().cloned());
    }
    for named in provider.machines().await.unwrap() {
        assert_eq!(named.arn, place().machine_arn(&MachineName::new(named.name).unwrap()));
        let mut machine =
            observe_machine(provider, &named.arn, true).await.unwrap().present().unwrap().clone();
        let line = machine.line.as_mut().unwrap();
        for version in line.versions.keys().copied().collect::<Vec<_>>() {
            let content = provider.machine_version(&named.arn, version).await.unwrap();
            line.contents.insert(version, content.present().unwrap().clone());
        }
        existing.machines.push(machine);
    }
    existing
}

fn resolved(text: &str, files: &MemoryFiles) -> Result<Desired, Vec<Problem>> {
    let document =
        config::parse(SourceFile { path: "config/repoint.toml".to_owned(), text: text.to_owned() })?;
    document.resolve(&EnvironmentName::new("dev").unwrap(), files)
}
