"""An independent judge: walks what hangs on a function, S3, Systems Manager, IAM and STS with boto3.

    services.py ENDPOINT

It prints, for each step, what boto3 understood: some members of the answer, or the status, code and
words of the error. Identifiers and times differ between two runs and are left out or compared here.
Its credentials are made up, so it cannot reach a real account. It prints JSON with sorted keys.
"""

import io
import json
import sys
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

REGION = "us-west-1"
BUCKET = "walk-packages"
FUNCTION = "walk"
ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
TRUST = {"Version": "2012-10-17", "Statement": []}


def main():
    """Walks everything and prints what was seen."""
    clients = Clients(sys.argv[1])
    seen = {
        "1 identity": identity(clients),
        "2 storage": storage(clients),
        "3 function": function(clients),
        "4 policy": policy(clients),
        "5 url": url(clients),
        "6 mapping": mapping(clients),
        "7 concurrency": concurrency(clients),
        "8 settings": settings(clients),
        "9 end": end(clients),
        "9 parameters": parameters(clients),
    }
    json.dump(seen, sys.stdout, indent=2, sort_keys=True)
    print()


class Clients:
    """The clients of the services, all at one endpoint; the access key is an account number."""

    def __init__(self, endpoint):
        def client(service):
            # Links are presigned with the old signature by default, which AWS takes from old buckets only.
            version = "s3v4" if service == "s3" else None
            return boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=REGION,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="walk",
                config=Config(
                    connect_timeout=5,
                    read_timeout=30,
                    retries={"total_max_attempts": 2},
                    signature_version=version,
                ),
            )

        self.awslambda, self.s3, self.iam, self.sts = map(client, ("lambda", "s3", "iam", "sts"))
        self.ssm = client("ssm")


def told(operation, *members, **arguments):
    """Calls an operation; returns its status and these members, or what the error says."""
    try:
        answer = operation(**arguments)
    except ClientError as error:
        response = error.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": response["Error"]["Code"], "words": response["Error"]["Message"]}
    seen = {"status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    seen.update({member: answer.get(member) for member in members})
    return seen


def identity(clients):
    """Asks who calls, and makes and reads a role."""
    created = clients.iam.create_role(RoleName="walk", AssumeRolePolicyDocument=json.dumps(TRUST))
    read = clients.iam.get_role(RoleName="walk")["Role"]
    return {
        "caller": told(clients.sts.get_caller_identity, "Account", "Arn"),
        "trust": read["AssumeRolePolicyDocument"],
        "role": read["Arn"],
        "same": created["Role"]["RoleId"] == read["RoleId"],
        "roles": [role["RoleName"] for role in clients.iam.list_roles()["Roles"]],
        "policies": told(clients.iam.list_attached_role_policies, "AttachedPolicies", RoleName="walk"),
        "missing": told(clients.iam.get_role, RoleName="absent"),
    }


def storage(clients):
    """Keeps packages in a versioned bucket and writes one key on conditions."""
    s3 = clients.s3
    location = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    versions = [
        s3.put_object(Bucket=BUCKET, Key="code/app.zip", Body=package(text))["VersionId"] for text in "ab"
    ]
    state = {"Bucket": BUCKET, "Key": "state"}
    first = s3.put_object(**state, Body=b"1", IfNoneMatch="*")["ETag"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=BUCKET)["Status"],
        "first version": s3.get_object(Bucket=BUCKET, Key="code/app.zip", VersionId=versions[0])["Body"].read()
        == package("a"),
        "created again": told(s3.put_object, **state, Body=b"2", IfNoneMatch="*"),
        "replaced": told(s3.put_object, "ETag", **state, Body=b"2", IfMatch=first),
        "replaced again": told(s3.put_object, **state, Body=b"3", IfMatch=first),
        "head": told(s3.head_object, "ContentLength", "ETag", **state),
        "head of nothing": told(s3.head_object, Bucket=BUCKET, Key="absent"),
        "unchanged": told(s3.get_object, **state, IfNoneMatch=s3.head_object(**state)["ETag"]),
        "part": s3.get_object(Bucket=BUCKET, Key="code/app.zip", Range="bytes=0-1")["Body"].read().decode(),
        "keys": [
            item["Key"]
            for page in s3.get_paginator("list_objects_v2").paginate(
                Bucket=BUCKET, PaginationConfig={"PageSize": 1}
            )
            for item in page["Contents"]
        ],
        "folders": told(s3.list_objects_v2, "CommonPrefixes", Bucket=BUCKET, Delimiter="/"),
        "presigned": fetched(s3.generate_presigned_url("get_object", Params=state)).decode(),
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        "unknown": told(s3.get_bucket_acl, Bucket=BUCKET),
    }


def function(clients):
    """Creates a function from the bucket, publishes it, and fetches the code of the version."""
    awslambda = clients.awslambda
    code = {"S3Bucket": BUCKET, "S3Key": "code/app.zip"}
    role = clients.iam.get_role(RoleName="walk")["Role"]["Arn"]
    awslambda.create_function(
        FunctionName=FUNCTION, Role=role, Runtime="python3.12", Handler="app.handler", Code=code
    )
    awslambda.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    awslambda.publish_version(FunctionName=FUNCTION)
    awslambda.create_alias(FunctionName=FUNCTION, Name="LIVE", FunctionVersion="1")
    awslambda.update_function_code(FunctionName=FUNCTION, ZipFile=package("c"))
    awslambda.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
    located = {
        qualifier: awslambda.get_function(FunctionName=FUNCTION, Qualifier=qualifier)["Code"]["Location"]
        for qualifier in ("1", "LIVE", "$LATEST")
    }
    return {
        "code of 1": fetched(located["1"]) == package("b"),
        "code of LIVE": fetched(located["LIVE"]) == package("b"),
        "code of $LATEST": fetched(located["$LATEST"]) == package("c"),
        "missing object": told(
            awslambda.update_function_code, FunctionName=FUNCTION, S3Bucket=BUCKET, S3Key="absent"
        ),
        "invoked": told(awslambda.invoke, FunctionName=FUNCTION),
    }


def policy(clients):
    """Allows a service to call the alias, and takes it back."""
    awslambda = clients.awslambda
    alias = {"FunctionName": FUNCTION, "Qualifier": "LIVE"}
    permission = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    return {
        "added": told(awslambda.add_permission, "Statement", **alias, **permission),
        "added again": told(awslambda.add_permission, **alias, **permission),
        "read": told(awslambda.get_policy, "Policy", **alias),
        "of the function": told(awslambda.get_policy, FunctionName=FUNCTION),
        "stale": told(awslambda.remove_permission, **alias, StatementId="s3", RevisionId="stale"),
        "removed": told(awslambda.remove_permission, **alias, StatementId="s3"),
    }


def url(clients):
    """Gives the alias a URL and takes it away."""
    awslambda = clients.awslambda
    alias = {"FunctionName": FUNCTION, "Qualifier": "LIVE"}
    return {
        "created": told(
            awslambda.create_function_url_config, "FunctionArn", "AuthType", "InvokeMode", **alias, AuthType="NONE"
        ),
        "created again": told(awslambda.create_function_url_config, **alias, AuthType="NONE"),
        "updated": told(awslambda.update_function_url_config, "AuthType", **alias, AuthType="AWS_IAM"),
        "listed": [
            item["FunctionArn"]
            for page in awslambda.get_paginator("list_function_url_configs").paginate(FunctionName=FUNCTION)
            for item in page["FunctionUrlConfigs"]
        ],
        "of the function": told(awslambda.get_function_url_config, FunctionName=FUNCTION),
        "of a version": told(awslambda.get_function_url_config, FunctionName=FUNCTION, Qualifier="1"),
        "deleted": told(awslambda.delete_function_url_config, **alias),
    }


def mapping(clients):
    """Lets a queue call the alias."""
    awslambda = clients.awslambda
    arguments = {"FunctionName": f"{FUNCTION}:LIVE", "EventSourceArn": QUEUE}
    created = awslambda.create_event_source_mapping(**arguments)
    uuid = created["UUID"]
    wait_for(lambda: awslambda.get_event_source_mapping(UUID=uuid)["State"] == "Enabled")
    awslambda.tag_resource(Resource=created["EventSourceMappingArn"], Tags={"team": "shop"})
    again = told(awslambda.create_event_source_mapping, **arguments)
    return {
        "created": [created["State"], created["FunctionArn"], created["BatchSize"]],
        "created again": {**again, "words": again["words"].replace(uuid, "UUID")},
        "disabled": told(awslambda.update_event_source_mapping, "State", UUID=uuid, Enabled=False),
        "tags": awslambda.list_tags(Resource=created["EventSourceMappingArn"])["Tags"],
        "listed": len(awslambda.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]),
    }


def concurrency(clients):
    """Reserves concurrency and provisions some of it."""
    awslambda = clients.awslambda
    provisioned = {"FunctionName": FUNCTION, "Qualifier": "LIVE"}
    awslambda.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=5)
    put = awslambda.put_provisioned_concurrency_config
    return {
        "reserved": awslambda.get_function(FunctionName=FUNCTION)["Concurrency"],
        "too many": told(put, **provisioned, ProvisionedConcurrentExecutions=6),
        "provisioned": told(put, "Status", **provisioned, ProvisionedConcurrentExecutions=5),
        "listed": len(
            awslambda.list_provisioned_concurrency_configs(FunctionName=FUNCTION)[
                "ProvisionedConcurrencyConfigs"
            ]
        ),
        "removed": told(awslambda.delete_provisioned_concurrency_config, **provisioned),
        "unreserved": awslambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"],
        "given back": told(awslambda.delete_function_concurrency, FunctionName=FUNCTION),
    }


def settings(clients):
    """Reads the settings that nobody has set."""
    awslambda = clients.awslambda
    named = {"FunctionName": FUNCTION}
    return {
        "signing": told(awslambda.get_function_code_signing_config, "CodeSigningConfigArn", **named),
        "invocation": told(awslambda.get_function_event_invoke_config, **named),
        "invocations": told(awslambda.list_function_event_invoke_configs, "FunctionEventInvokeConfigs", **named),
        "runtime": told(awslambda.get_runtime_management_config, "UpdateRuntimeOn", "FunctionArn", **named),
        "recursion": told(awslambda.get_function_recursion_config, "RecursiveLoop", **named),
    }


def parameters(clients):
    """Parameters are put, read by name, version and label, and deleted."""
    ssm = clients.ssm
    name = "/walk/token"
    put = {"Name": name, "Type": "SecureString"}
    seen = {
        "put": told(ssm.put_parameter, "Version", "Tier", **put, Value="one"),
        "put again": told(ssm.put_parameter, **put, Value="two"),
        "overwritten": told(ssm.put_parameter, "Version", **put, Value="two", Overwrite=True),
        "labelled": told(
            ssm.label_parameter_version, "InvalidLabels", Name=name, ParameterVersion=1, Labels=["first"]
        ),
    }
    names = [f"{name}:first", "/walk/absent"]
    several = ssm.get_parameters(Names=names, WithDecryption=True)
    seen["read"] = [[one["Name"], one["Selector"], one["Value"]] for one in several["Parameters"]]
    seen["not there"] = several["InvalidParameters"]
    seen["hidden"] = ssm.get_parameter(Name=name)["Parameter"]["Value"] not in ("one", "two")
    seen["newest"] = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    seen["absent"] = told(ssm.get_parameter, Name="/walk/absent")
    seen["deleted"] = told(ssm.delete_parameter, Name=name)
    return seen


def end(clients):
    """Deletes the function, and sees what is left of it."""
    awslambda = clients.awslambda
    deleted = told(awslambda.delete_function, FunctionName=FUNCTION)
    mappings = awslambda.list_event_source_mappings()["EventSourceMappings"]
    return {
        "deleted": deleted,
        "functions": awslambda.list_functions()["Functions"],
        "mappings": [item["FunctionArn"] for item in mappings],
        "role": told(clients.iam.delete_role, RoleName="walk"),
    }


def package(text):
    """Returns a zip file with one module; the same text gives the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py", (1980, 1, 1, 0, 0, 0)), text)
    return file.getvalue()


def fetched(link):
    """Follows a link as anybody could."""
    with urllib.request.urlopen(link, timeout=5) as answer:
        return answer.read()


def wait_for(is_done):
    """Asks until it is done; gives up after ten seconds."""
    until = time.monotonic() + 10
    while not is_done():
        if time.monotonic() > until:
            sys.exit("services.py: nothing happened for ten seconds")
        time.sleep(0.05)


if __name__ == "__main__":
    try:
        main()
    except (BotoCoreError, ClientError, WaiterError) as error:
        sys.exit(f"services.py: {error}")
