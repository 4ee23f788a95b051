/*
 * credential_prefixes.h: by which first characters does one know the tokens of
 * which vendor?
 *
 * Source: the vendors' own documentation of their tokens, named with each
 * group.  Where it says how a token begins but not how long it is, the length
 * is that of tokens as they are issued, as the public rules of secret scanners
 * have it (November 2026).  Where tokens may become longer, or the vendor says
 * so, there is no upper limit.
 *
 * A row holds where the run of the named characters behind the prefix is as
 * long as it says, and no letter or digit stands before the prefix.  Case
 * counts in a prefix.  Of rows that hold, that of the longest prefix is meant.
 * A dot at the end of a run is the sentence's, not the token's.
 *
 * credential_shapes has the tokens that are known by what stands between their
 * parts, each as long as it says.
 *
 * Kept by hand: add a row when a vendor documents a new prefix.  Prefixes that
 * scanners of source code take for a secret are in two pieces.
 */
#ifndef AICONSENT_CREDENTIAL_PREFIXES_H
#define AICONSENT_CREDENTIAL_PREFIXES_H

#define CREDENTIAL_PREFIXES_VERSION "2026-11"

typedef enum CredentialChars
{
	CREDENTIAL_DIGITS,			/* 0-9 */
	CREDENTIAL_HEX,				/* 0-9 a-f A-F */
	CREDENTIAL_BASE32,			/* A-Z 2-7 */
	CREDENTIAL_UPPER,			/* A-Z 0-9 */
	CREDENTIAL_BASE62,			/* A-Z a-z 0-9 */
	CREDENTIAL_BASE64URL,		/* BASE62, - and _ */
	CREDENTIAL_DOTTED,			/* BASE64URL and . */
	CREDENTIAL_BASE64			/* BASE64URL, +, / and = */
} CredentialChars;

typedef struct CredentialPrefix
{
	const char *prefix;
	unsigned short least;		/* characters behind it */
	unsigned short most;		/* 0: any number */
	CredentialChars chars;
	const char *what;
} CredentialPrefix;

typedef struct CredentialPart
{
	const char *before;			/* what stands before it; NULL: no such part */
	CredentialChars chars;
	unsigned short least;
	unsigned short most;		/* 0: any number */
} CredentialPart;

typedef struct CredentialShape
{
	const char *what;
	CredentialPart parts[3];
} CredentialShape;

static const CredentialPrefix credential_prefixes[] = {
	/*
	 * GitHub: docs.github.com, About authentication to GitHub (token
	 * formats); its changelog of 2026-05-15 on longer ghs_ tokens.
	 */
	{"ghp_", 36, 0, CREDENTIAL_BASE62, "GitHub personal access token"},
	{"github_pat_", 82, 0, CREDENTIAL_BASE64URL,
	"GitHub fine-grained personal access token"},
	{"gho_", 36, 0, CREDENTIAL_BASE62, "GitHub OAuth access token"},
	{"ghu_", 36, 0, CREDENTIAL_DOTTED, "GitHub App user token"},
	{"ghs_", 36, 0, CREDENTIAL_DOTTED, "GitHub App installation token"},
	{"ghr_", 36, 0, CREDENTIAL_BASE62, "GitHub App refresh token"},

	/*
	 * GitLab: docs.gitlab.com, Token overview (token prefixes); routable
	 * tokens have a dot.
	 */
	{"glpat-", 20, 0, CREDENTIAL_DOTTED, "GitLab access token"},
	{"gloas-", 64, 0, CREDENTIAL_DOTTED, "GitLab OAuth application secret"},
	{"gldt-", 20, 0, CREDENTIAL_DOTTED, "GitLab deploy token"},
	{"glrt-", 20, 0, CREDENTIAL_DOTTED, "GitLab runner token"},
	{"glrtr-", 20, 0, CREDENTIAL_DOTTED, "GitLab runner registration token"},
	{"GR1348941", 20, 0, CREDENTIAL_BASE64URL,
	"GitLab runner registration token"},
	{"glcbt-", 20, 0, CREDENTIAL_DOTTED, "GitLab CI job token"},
	{"glptt-", 20, 0, CREDENTIAL_DOTTED, "GitLab trigger token"},
	{"glft-", 20, 0, CREDENTIAL_DOTTED, "GitLab feed token"},
	{"glimt-", 20, 0, CREDENTIAL_DOTTED, "GitLab incoming mail token"},
	{"glagent-", 20, 0, CREDENTIAL_DOTTED, "GitLab agent token"},
	{"glsoat-", 20, 0, CREDENTIAL_DOTTED, "GitLab SCIM token"},
	{"glffct-", 20, 0, CREDENTIAL_DOTTED, "GitLab feature flags token"},

	/*
	 * Atlassian: support.atlassian.com, Manage API tokens; Bitbucket access
	 * tokens.
	 */
	{"ATATT3", 60, 0, CREDENTIAL_BASE64, "Atlassian API token"},
	{"ATCTT3", 60, 0, CREDENTIAL_BASE64, "Bitbucket access token"},
	{"ATBB", 32, 0, CREDENTIAL_BASE62, "Bitbucket app password"},

	/* Slack: docs.slack.dev, Tokens; legacy and web tokens, too. */
	{"xoxb-", 16, 0, CREDENTIAL_BASE64URL, "Slack bot token"},
	{"xoxp-", 16, 0, CREDENTIAL_BASE64URL, "Slack user token"},
	{"xoxa-", 16, 0, CREDENTIAL_BASE64URL, "Slack workspace token"},
	{"xoxr-", 16, 0, CREDENTIAL_BASE64URL, "Slack refresh token"},
	{"xoxs-", 16, 0, CREDENTIAL_BASE64URL, "Slack session token"},
	{"xoxo-", 16, 0, CREDENTIAL_BASE64URL, "Slack legacy token"},
	{"xoxc-", 16, 0, CREDENTIAL_BASE64URL, "Slack client token"},
	{"xoxd-", 16, 0, CREDENTIAL_BASE64, "Slack cookie"},
	{"xoxe-", 16, 0, CREDENTIAL_BASE64URL, "Slack refresh token"},
	{"xoxe.xox", 16, 0, CREDENTIAL_BASE64URL, "Slack rotating token"},
	{"xapp-", 16, 0, CREDENTIAL_BASE64URL, "Slack app token"},
	{"xwfp-", 16, 0, CREDENTIAL_BASE64URL, "Slack workflow token"},

	/* Stripe: docs.stripe.com, API keys; Webhook signatures. */
	{"sk_" "live_", 16, 0, CREDENTIAL_BASE62, "Stripe secret key"},
	{"sk_" "test_", 16, 0, CREDENTIAL_BASE62, "Stripe secret key, test"},
	{"rk_" "live_", 16, 0, CREDENTIAL_BASE62, "Stripe restricted key"},
	{"rk_" "test_", 16, 0, CREDENTIAL_BASE62, "Stripe restricted key, test"},
	{"whsec_", 32, 0, CREDENTIAL_BASE64, "Webhook signing secret"},

	/* Square: developer.squareup.com, Access tokens. */
	{"sq0" "atp-", 22, 0, CREDENTIAL_BASE64URL, "Square access token"},
	{"sq0" "csp-", 43, 0, CREDENTIAL_BASE64URL, "Square application secret"},
	{"EAAA", 60, 0, CREDENTIAL_BASE64URL, "Square access token"},

	/* Meta: developers.facebook.com, Access tokens. */
	{"EAA", 100, 0, CREDENTIAL_BASE62, "Meta access token"},

	/*
	 * Shopify: shopify.dev, changelog of 2020 on prefixes of tokens and
	 * secrets.
	 */
	{"shpat_", 32, 0, CREDENTIAL_HEX, "Shopify access token"},
	{"shpca_", 32, 0, CREDENTIAL_HEX, "Shopify custom app token"},
	{"shppa_", 32, 0, CREDENTIAL_HEX, "Shopify private app token"},
	{"shpss_", 32, 0, CREDENTIAL_HEX, "Shopify app secret"},

	/*
	 * OpenAI: platform.openai.com, API keys; the short form without a second
	 * word.
	 */
	{"sk-proj-", 40, 0, CREDENTIAL_BASE64URL, "OpenAI project key"},
	{"sk-svcacct-", 40, 0, CREDENTIAL_BASE64URL, "OpenAI service account key"},
	{"sk-admin-", 40, 0, CREDENTIAL_BASE64URL, "OpenAI admin key"},
	{"sk-None-", 40, 0, CREDENTIAL_BASE64URL, "OpenAI key"},
	{"sk-", 32, 0, CREDENTIAL_BASE62, "OpenAI or compatible key"},

	/* Anthropic: docs.anthropic.com, API keys. */
	{"sk-ant-", 40, 0, CREDENTIAL_BASE64URL, "Anthropic key"},

	/* OpenRouter: openrouter.ai/docs, API keys. */
	{"sk-or-v1-", 64, 0, CREDENTIAL_HEX, "OpenRouter key"},

	/* Groq, Replicate, xAI, Perplexity: their documentation of API keys. */
	{"gsk_", 52, 0, CREDENTIAL_BASE62, "Groq key"},
	{"r8_", 37, 0, CREDENTIAL_BASE62, "Replicate token"},
	{"xai-", 80, 0, CREDENTIAL_BASE62, "xAI key"},
	{"pplx-", 48, 0, CREDENTIAL_BASE62, "Perplexity key"},

	/* Hugging Face: huggingface.co/docs/hub, User access tokens. */
	{"hf_", 34, 0, CREDENTIAL_BASE62, "Hugging Face token"},
	{"api_org_", 34, 0, CREDENTIAL_BASE62, "Hugging Face organization token"},

	/*
	 * AWS: docs.aws.amazon.com, IAM identifiers (unique ID prefixes); Bedrock
	 * API keys.
	 */
	{"AKIA", 16, 16, CREDENTIAL_BASE32, "AWS access key"},
	{"ASIA", 16, 16, CREDENTIAL_BASE32, "AWS temporary access key"},
	{"ABIA", 16, 16, CREDENTIAL_BASE32, "AWS STS bearer token"},
	{"ACCA", 16, 16, CREDENTIAL_BASE32, "AWS context-specific credential"},
	{"ABSK", 109, 0, CREDENTIAL_BASE64, "AWS Bedrock key"},
	{"bedrock-api-key-", 40, 0, CREDENTIAL_BASE64,
	"AWS Bedrock short-term key"},

	/* Google: cloud.google.com, API keys; developers.google.com, OAuth 2.0. */
	{"AIza", 35, 35, CREDENTIAL_BASE64URL, "Google API key"},
	{"ya29.", 30, 0, CREDENTIAL_DOTTED, "Google OAuth access token"},
	{"1//0", 39, 0, CREDENTIAL_BASE64URL, "Google OAuth refresh token"},
	{"GOCSPX-", 28, 28, CREDENTIAL_BASE64URL, "Google OAuth client secret"},

	/*
	 * Azure: learn.microsoft.com, Storage connection strings; Service Bus
	 * shared access keys.
	 */
	{"AccountKey=", 86, 88, CREDENTIAL_BASE64, "Azure storage key"},
	{"SharedAccessKey=", 43, 0, CREDENTIAL_BASE64, "Azure shared access key"},

	/* DigitalOcean: docs.digitalocean.com, API tokens. */
	{"dop_v1_", 64, 64, CREDENTIAL_HEX, "DigitalOcean personal token"},
	{"doo_v1_", 64, 64, CREDENTIAL_HEX, "DigitalOcean OAuth token"},
	{"dor_v1_", 64, 64, CREDENTIAL_HEX, "DigitalOcean refresh token"},

	/*
	 * Heroku, Databricks, Supabase, PlanetScale, Pulumi, Tailscale: their
	 * documentation of API tokens.
	 */
	{"HRKU-", 36, 0, CREDENTIAL_BASE64URL, "Heroku key"},
	{"dapi", 32, 32, CREDENTIAL_HEX, "Databricks token"},
	{"sbp_", 40, 0, CREDENTIAL_BASE62, "Supabase personal token"},
	{"sb_secret_", 20, 0, CREDENTIAL_BASE64URL, "Supabase secret key"},
	{"pscale_tkn_", 32, 0, CREDENTIAL_DOTTED, "PlanetScale token"},
	{"pscale_oauth_", 32, 0, CREDENTIAL_DOTTED, "PlanetScale OAuth token"},
	{"pscale_pw_", 32, 0, CREDENTIAL_DOTTED, "PlanetScale password"},
	{"pul-", 40, 40, CREDENTIAL_HEX, "Pulumi token"},
	{"tskey-", 20, 0, CREDENTIAL_BASE64URL, "Tailscale key"},

	/*
	 * Packages: docs.npmjs.com, pypi.org/help, guides.rubygems.org,
	 * docs.docker.com, learn.microsoft.com/nuget, jfrog.com/help.
	 */
	{"npm_", 36, 36, CREDENTIAL_BASE62, "npm token"},
	{"pypi-AgE", 50, 0, CREDENTIAL_BASE64URL, "PyPI token"},
	{"rubygems_", 48, 48, CREDENTIAL_HEX, "RubyGems key"},
	{"dckr_pat_", 27, 0, CREDENTIAL_BASE64URL, "Docker personal token"},
	{"dckr_oat_", 32, 0, CREDENTIAL_BASE64URL, "Docker organization token"},
	{"oy2", 43, 43, CREDENTIAL_BASE62, "NuGet key"},
	{"AKCp", 69, 69, CREDENTIAL_BASE62, "JFrog key"},
	{"cmVmd", 59, 59, CREDENTIAL_BASE62, "JFrog reference token"},

	/*
	 * SendGrid, Mailgun, Brevo, Twilio: their documentation of API keys; a
	 * Twilio SID is two letters and 32 digits, AC is the account's, which is
	 * no secret without its token.
	 */
	{"SG.", 66, 66, CREDENTIAL_DOTTED, "SendGrid key"},
	{"key-", 32, 32, CREDENTIAL_HEX, "Mailgun key"},
	{"xkeysib-", 81, 81, CREDENTIAL_BASE64URL, "Brevo key"},
	{"xsmtpsib-", 81, 81, CREDENTIAL_BASE64URL, "Brevo SMTP key"},
	{"SK", 32, 32, CREDENTIAL_HEX, "Twilio key"},
	{"AC", 32, 32, CREDENTIAL_HEX, "Twilio account"},

	/*
	 * Grafana, New Relic, Sentry, Dynatrace, Sonar: their documentation of
	 * tokens.
	 */
	{"glsa_", 41, 41, CREDENTIAL_BASE64URL, "Grafana service account token"},
	{"glc_", 32, 0, CREDENTIAL_BASE64, "Grafana Cloud token"},
	{"NRAK-", 27, 27, CREDENTIAL_UPPER, "New Relic user key"},
	{"NRII-", 32, 32, CREDENTIAL_BASE64URL, "New Relic insert key"},
	{"NRRA-", 42, 42, CREDENTIAL_HEX, "New Relic REST key"},
	{"sntrys_", 80, 0, CREDENTIAL_BASE64, "Sentry organization token"},
	{"sntryu_", 64, 64, CREDENTIAL_HEX, "Sentry user token"},
	{"dt0c01.", 89, 89, CREDENTIAL_DOTTED, "Dynatrace token"},
	{"squ_", 40, 40, CREDENTIAL_HEX, "Sonar user token"},
	{"sqp_", 40, 40, CREDENTIAL_HEX, "Sonar project token"},
	{"sqa_", 40, 40, CREDENTIAL_HEX, "Sonar analysis token"},

	/*
	 * HashiCorp Vault: developer.hashicorp.com, Vault tokens; Doppler:
	 * docs.doppler.com, Auth token formats; 1Password: service accounts; age:
	 * age-encryption.org/v1.
	 */
	{"hvs.", 24, 0, CREDENTIAL_BASE64URL, "Vault service token"},
	{"hvb.", 24, 0, CREDENTIAL_BASE64URL, "Vault batch token"},
	{"hvr.", 24, 0, CREDENTIAL_BASE64URL, "Vault recovery token"},
	{"dp.pt.", 40, 0, CREDENTIAL_DOTTED, "Doppler personal token"},
	{"dp.st.", 40, 0, CREDENTIAL_DOTTED, "Doppler service token"},
	{"dp.ct.", 40, 0, CREDENTIAL_DOTTED, "Doppler CLI token"},
	{"dp.sa.", 40, 0, CREDENTIAL_DOTTED, "Doppler service account token"},
	{"dp.scim.", 40, 0, CREDENTIAL_DOTTED, "Doppler SCIM token"},
	{"dp.audit.", 40, 0, CREDENTIAL_DOTTED, "Doppler audit token"},
	{"ops_eyJ", 100, 0, CREDENTIAL_BASE64, "1Password service account token"},
	{"AGE-SECRET-" "KEY-1", 58, 0, CREDENTIAL_UPPER, "age key"},

	/*
	 * Figma, Linear, Notion, Airtable, Postman, HubSpot: their documentation
	 * of API keys.
	 */
	{"figd_", 40, 0, CREDENTIAL_BASE64URL, "Figma token"},
	{"lin_api_", 40, 0, CREDENTIAL_BASE62, "Linear key"},
	{"lin_oauth_", 64, 0, CREDENTIAL_HEX, "Linear OAuth token"},
	{"secret_", 43, 43, CREDENTIAL_BASE62, "Notion token"},
	{"ntn_", 46, 0, CREDENTIAL_BASE62, "Notion token"},
	{"pat", 79, 79, CREDENTIAL_DOTTED, "Airtable token"},
	{"PMAK-", 59, 59, CREDENTIAL_BASE64URL, "Postman key"},
	{"pat-na1-", 36, 36, CREDENTIAL_BASE64URL, "HubSpot token"},
	{"pat-eu1-", 36, 36, CREDENTIAL_BASE64URL, "HubSpot token"}
};

static const CredentialShape credential_shapes[] = {
	/* Telegram: core.telegram.org/bots/api, Authorizing your bot. */
	{"Telegram bot token", {
			{"", CREDENTIAL_DIGITS, 8, 10},
			{":", CREDENTIAL_BASE64URL, 35, 35}
	}},

	/* Mailchimp: mailchimp.com/developer, API keys; us is the data center. */
	{"Mailchimp key", {
			{"", CREDENTIAL_HEX, 32, 32},
			{"-us", CREDENTIAL_DIGITS, 1, 2}
	}},

	/*
	 * Discord: discord.com/developers, Authentication; the first part is the
	 * bot's number.
	 */
	{"Discord bot token", {
			{"", CREDENTIAL_BASE64URL, 23, 28},
			{".", CREDENTIAL_BASE64URL, 6, 7},
			{".", CREDENTIAL_BASE64URL, 27, 38}
	}},

	/* HCP Terraform: developer.hashicorp.com, API tokens. */
	{"Terraform token", {
			{"", CREDENTIAL_BASE62, 14, 14},
			{".atlasv1.", CREDENTIAL_BASE64URL, 60, 0}
	}}
};

#endif							/* AICONSENT_CREDENTIAL_PREFIXES_H */
