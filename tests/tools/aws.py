"""An independent client: asks the AWS API what is there, and acts as users and services do.

    aws.py inventory                    every object of the kinds we deploy, as JSON
    aws.py call SERVICE OPERATION JSON  one call, its answer as JSON
    aws.py calls JSON                   many, [[SERVICE, OPERATION, ARGUMENTS], …], their answers as JSON
    aws.py code FUNCTION FILE           the function's zip, fetched back

The endpoint, region and keys come from the environment, as for any AWS program.
"""

import base64
import functools
import json
import sys
import urllib.request

import boto3
from botocore.config import Config

CONFIG = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=60)


@functools.cache
def client(service):
    return boto3.client(service, config=CONFIG)


def pages(service, operation, key, **arguments):
    api = client(service)
    if api.can_paginate(operation):
        for page in api.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])
    else:
        yield from getattr(api, operation)(**arguments).get(key, [])


def mapping(m):
    source = m["EventSourceArn"].rsplit(":", 1)[1]
    return source + " -> " + m["FunctionArn"].split(":function:")[1]


def inventory():
    roles = sorted(r["RoleName"] for r in pages("iam", "list_roles", "Roles") if r["Path"].startswith("/alchemy/"))
    inline = {name: sorted(pages("iam", "list_role_policies", "PolicyNames", RoleName=name)) for name in roles}
    return {
        "buckets": sorted(b["Name"] for b in client("s3").list_buckets()["Buckets"]),
        "queues": sorted(url.rsplit("/", 1)[1] for url in pages("sqs", "list_queues", "QueueUrls")),
        "functions": sorted(f["FunctionName"] for f in pages("lambda", "list_functions", "Functions")),
        "mappings": sorted(mapping(m) for m in pages("lambda", "list_event_source_mappings", "EventSourceMappings")),
        "roles": roles,
        "inline policies": sorted(f"{role}/{policy}" for role, policies in inline.items() for policy in policies),
        "policies": sorted(p["PolicyName"] for p in pages("iam", "list_policies", "Policies", Scope="Local")),
        "log groups": sorted(g["logGroupName"] for g in pages("logs", "describe_log_groups", "logGroups")),
    }


def plain(value):
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(type(value))


def call(service, operation, arguments):
    try:
        answer = getattr(client(service), operation)(**json.loads(arguments))
    except Exception as error:  # the error is an answer, too
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        return {"error": code, "message": str(error)}
    answer.pop("ResponseMetadata", None)
    return answer


def calls(each):
    return [call(service, operation, json.dumps(arguments)) for service, operation, arguments in json.loads(each)]


def code(function, file):
    location = client("lambda").get_function(FunctionName=function)["Code"]["Location"]
    with urllib.request.urlopen(location) as answer, open(file, "wb") as out:
        out.write(answer.read())
    return {"file": file}


def main(arguments):
    commands = {"inventory": inventory, "call": call, "calls": calls, "code": code}
    answer = commands[arguments[0]](*arguments[1:])
    json.dump(answer, sys.stdout, default=plain, indent=2, sort_keys=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
