/* The groups of operations, as the documents name and explain them. */
#include "http/endpoint.h"

const struct tag tags[] = {
    {"auth", "Accounts: signing up and in, passwords, names. The addresses and headers are those that "
             "clients of devise_token_auth know; forms "
             "are taken as well as JSON."},
    {"sessions", "The session that a request comes with."},
    {"invitations", "Codes by which people join an organization."},
    {"memberships", "A person's part in an organization."},
    {"users", "People with an account."},
    {"teams", "Teams of people and teams of teams, their admins, invitations and scores."},
    {"search", "Finding people."},
    {"organizations", "The customers whose people are in the directory."},
    {"course player", "What one learns, and how far one is. `organization_id` says where, for those who "
                      "belong to several organizations."},
    {"uploads", "Files that are put at an address made for them."},
    {"saml", "Single sign-on by SAML 2.0: muster is the service provider, each organization has an identity "
             "provider of its own."},
    {"worklete admins", "Everything of every organization, for employees only."},
    {"utility", "Small helpers."},
    {"moodwork",
     "Moodwork: a company's programs tell who has left it. They present an API key, which `muster api-key "
     "create` makes. Errors have `status`, `error` and `message`."},
    {"moab",
     "Moab: people who administer, manage and view. Callers present their number and their security token. "
     "Letters of addresses and names of body fields match in any case; errors are ASP.NET's ProblemDetails."},
    {"server", "The server itself: whether it runs, what it counts, what it can do."},
};
const size_t tag_count = sizeof tags / sizeof tags[0];
