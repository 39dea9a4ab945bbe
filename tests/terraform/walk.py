"""Terraform as a judge of the simulated account.

    walk.py ENDPOINT

Applies `main.tf` to the simulated account at ENDPOINT, plans again (which must find nothing to do),
applies an update, plans again, and destroys everything. Needs `terraform` and the AWS provider: the
one that REPOINT_TERRAFORM_PLUGINS names, a folder laid out as a Terraform mirror, or else any that
`terraform init` finds by itself. Where there is none, it says so and ends with 75.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent

# What `terraform plan -detailed-exitcode` ends with.
NO_CHANGES, CHANGES = 0, 2

# The code for "temporarily not possible" of sysexits.h: nothing was judged.
SKIPPED = 75


def main():
    """Does what the command line says."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if shutil.which("terraform") is None:
        skip("there is no terraform on this machine")
    with tempfile.TemporaryDirectory() as folder:
        walk(Terraform(pathlib.Path(folder), sys.argv[1]))


def skip(why):
    """Says why nothing was judged, and ends."""
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def walk(terraform):
    """Applies, updates and destroys."""
    terraform.start()
    terraform.plans(CHANGES, "one")
    terraform.applies("one")
    terraform.shows(version="1", machine="1")
    terraform.plans(NO_CHANGES, "one")
    terraform.plans(CHANGES, "two")
    terraform.applies("two")
    terraform.shows(version="2", machine="2")
    terraform.plans(NO_CHANGES, "two")
    terraform.runs("destroy", "-auto-approve", *terraform.inputs("two"))
    terraform.plans(CHANGES, "one")
    print("terraform: applied, planned nothing, updated, planned nothing, destroyed")


class Terraform:
    """The program in a folder of its own, with nothing of this machine's settings."""

    def __init__(self, folder, endpoint):
        self.folder = folder
        self.endpoint = endpoint
        shutil.copy(HERE / "main.tf", folder)
        settings = folder / "settings.tfrc"
        settings.touch()
        wanted = {"PATH", "HOME", "TMPDIR", "HTTPS_PROXY", "https_proxy"}
        self.environment = {name: value for name, value in os.environ.items() if name in wanted}
        self.environment |= {
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "true",
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "true",
        }
        for release in ["one", "two"]:
            with zipfile.ZipFile(folder / f"{release}.zip", "w") as package:
                code = f'"""Release {release}."""\n\n\ndef handler(event, context):\n    return "{release}"\n'
                package.writestr(zipfile.ZipInfo("intake.py"), code)

    def start(self):
        """Finds the provider."""
        mirror = os.environ.get("REPOINT_TERRAFORM_PLUGINS")
        where = [f"-plugin-dir={mirror}"] if mirror else []
        result = self.call("init", *where)
        if result.returncode != 0 and not mirror:
            skip("terraform does not find the AWS provider; name a mirror in REPOINT_TERRAFORM_PLUGINS")
        self.check(result, 0)

    def inputs(self, release):
        """Returns the variables of a release."""
        return [f"-var=endpoint={self.endpoint}", f"-var=release={release}"]

    def plans(self, code, release):
        """Plans, and checks whether there is something to do."""
        result = self.call("plan", "-detailed-exitcode", *self.inputs(release))
        self.check(result, code)
        if code == NO_CHANGES and "No changes" not in result.stdout:
            sys.exit(f"terraform plans changes right after an apply:\n{result.stdout}")

    def applies(self, release):
        """Applies a release."""
        self.runs("apply", "-auto-approve", *self.inputs(release))

    def shows(self, version, machine):
        """Checks the numbers that were published."""
        shown = self.runs("output", "-raw", "version").stdout
        arn = self.runs("output", "-raw", "state_machine_version").stdout
        if (shown, arn.rsplit(":", 1)[-1]) != (version, machine):
            sys.exit(f"published version {shown} and {arn}, not {version} and {machine}")

    def runs(self, *arguments):
        """Runs a command that must succeed."""
        result = self.call(*arguments)
        self.check(result, 0)
        return result

    def call(self, verb, *arguments):
        quiet = [] if verb == "output" else ["-input=false"]
        command = ["terraform", verb, "-no-color", *quiet, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300
        )

    @staticmethod
    def check(result, code):
        """Ends with all that was said, if a command ended otherwise."""
        if result.returncode != code:
            words = " ".join(result.args)
            sys.exit(f"`{words}` ended with {result.returncode}, not {code}:\n{result.stdout}{result.stderr}")


if __name__ == "__main__":
    main()
