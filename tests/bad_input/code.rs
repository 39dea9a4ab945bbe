//! Code that cannot be packed. It is seen before anything is asked of AWS.

use std::{fs, fs::File};

use crate::sandbox::{Output, Project, Sandbox, assert_output, past_code};

/// Returns what an apply says, after making sure that nothing was asked and nothing was written.
fn refused(source: &str, prepare: impl FnOnce(&Project)) -> Output {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    prepare(&project);
    project.edit("config/repoint.toml", "code.path   = \"config/functions/orders.py\"", source);
    let output = project.succeeds_with(1, &["apply", "-e", "dev", "--auto-approve"]);
    let validated = project.succeeds_with(1, &["validate", "-e", "dev"]);
    assert_eq!(validated.stderr, output.stderr);
    sandbox.assert_untouched();
    assert!(!project.path().join("state/dev/state.json").exists());
    output
}

#[test]
fn code_that_is_missing_is_shown_in_the_toml() {
    assert_output!("missing", refused("code.path = \"config/functions/order.py\"", |_| {}));
}

#[test]
fn a_folder_without_files_is_no_code() {
    let output = refused("code.path = \"config/functions/empty\"", |project| {
        project.write("config/functions/empty/__pycache__/orders.cpython-312.pyc", "compiled");
    });
    assert_output!("empty_folder", output);
}

#[test]
fn a_package_that_lambda_would_not_take_is_refused() {
    let output = refused("code.zip = \"dist/orders.zip\"", |project| {
        project.write("dist/orders.zip", past_code(1));
        let file = File::options().write(true).open(project.path().join("dist/orders.zip"));
        // A hole in the file: it has the size, and takes no room.
        file.expect("it was written").set_len(60 * 1024 * 1024).expect("the file can grow");
    });
    assert_output!("too_large", output);
}

#[test]
fn a_package_that_is_no_zip_is_refused() {
    let output = refused("code.zip = \"dist/orders.zip\"", |project| {
        project.write("dist/orders.zip", "def handler(event, context): pass\n");
    });
    assert_output!("not_a_zip", output);
}

#[test]
fn a_zip_without_files_is_refused() {
    let output = refused("code.zip = \"dist/orders.zip\"", |project| {
        let end_of_directory = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
        project.write("dist/orders.zip", end_of_directory);
    });
    assert_output!("empty_zip", output);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_of_the_code_is_refused() {
    let output = refused("code.path = \"config/functions/linked\"", |project| {
        let folder = project.path().join("config/functions/linked");
        fs::create_dir(&folder).expect("the folder is new");
        std::os::unix::fs::symlink(project.path().join("config/repoint.toml"), folder.join("orders.py"))
            .expect("a link can be made");
    });
    assert_output!("leaves_folder", output);
}
