# A function with publish, two aliases and a state machine with publish: what `walk.py` applies to a
# simulated account. The credentials are made up, so they reach no real account.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "endpoint" {
  type = string
}

# What is released: it is in the code of the function and in the state machine.
variable "release" {
  type = string
}

locals {
  account = "000000000000"
  role    = "arn:aws:iam::${local.account}:role/docs"
}

provider "aws" {
  region     = "us-west-1"
  access_key = "terraform"
  secret_key = "terraform"

  endpoints {
    lambda = var.endpoint
    sfn    = var.endpoint
    sts    = var.endpoint
  }
}

resource "aws_lambda_function" "intake" {
  function_name    = "docs-intake-terraform"
  role             = local.role
  runtime          = "python3.13"
  handler          = "intake.handler"
  memory_size      = 256
  timeout          = 20
  filename         = "${path.module}/${var.release}.zip"
  source_code_hash = filebase64sha256("${path.module}/${var.release}.zip")
  publish          = true

  environment {
    variables = {
      RELEASE = var.release
    }
  }

  tags = {
    release = var.release
  }
}

resource "aws_lambda_alias" "live" {
  name             = "LIVE"
  description      = "release ${var.release}"
  function_name    = aws_lambda_function.intake.function_name
  function_version = aws_lambda_function.intake.version
}

resource "aws_lambda_alias" "canary" {
  name             = "CANARY"
  function_name    = aws_lambda_function.intake.function_name
  function_version = "1"

  # An empty block would be a difference for ever: AWS keeps no empty routing.
  dynamic "routing_config" {
    for_each = var.release == "one" ? [] : [aws_lambda_function.intake.version]

    content {
      additional_version_weights = { (routing_config.value) = 0.1 }
    }
  }
}

resource "aws_sfn_state_machine" "processing" {
  name     = "docs-processing-terraform"
  role_arn = local.role
  publish  = true

  definition = jsonencode({
    Comment = "release ${var.release}"
    StartAt = "Intake"
    States = {
      Intake = {
        Type     = "Task"
        Resource = aws_lambda_alias.live.arn
        End      = true
      }
    }
  })
}

output "version" {
  value = aws_lambda_function.intake.version
}

output "state_machine_version" {
  value = aws_sfn_state_machine.processing.state_machine_version_arn
}
