#pragma once

#include "base/error_code.h"

namespace sluice::metadata {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_METADATA_CODES(CODE)                                                                \
  CODE(commit_unknown, "The database did not answer a commit: the change is there, or it is not.") \
  CODE(dataset_not_found, "There is no dataset of this id, or it is another tenant's.")            \
  CODE(invitation_invalid,                                                                         \
       "There is no such invitation, or it was used, revoked, or has expired.")                    \
  CODE(invitation_not_found, "The tenant has no such invitation that is open.")                    \
  CODE(last_owner, "The tenant would be left without an owner.")                                   \
  CODE(login_taken, "Somebody else has that login.")                                               \
  CODE(metadata_columns_damaged, "The stored columns of a dataset are not what Sluice wrote.")     \
  CODE(metadata_conflict, "The metadata refuse the change.")                                       \
  CODE(metadata_damaged, "The metadata database is damaged.")                                      \
  CODE(metadata_disk, "The metadata database cannot be read or written.")                          \
  CODE(metadata_empty, "The metadata database is empty where it should not be.")                   \
  CODE(metadata_failed, "The metadata database failed for a reason that has no code of its own.")  \
  CODE(metadata_locked, "The metadata database stayed locked.")                                    \
  CODE(metadata_newer, "A newer Sluice has changed the metadata database.")                        \
  CODE(metadata_outbox_damaged, "A row of the outbox wants what this Sluice cannot do.")           \
  CODE(metadata_pool_exhausted, "All connections to the metadata database are in use.")            \
  CODE(metadata_state_damaged, "A stored upload is in a state that this Sluice does not know.")    \
  CODE(metadata_status_damaged, "A stored sync status is none that this Sluice knows.")            \
  CODE(metadata_url, "`DATABASE_URL` names no database that Sluice knows.")                        \
  CODE(page_limit, "A page was asked for with too many datasets, or none.")                        \
  CODE(person_not_found, "There is no such person in the tenant.")                                 \
  CODE(tenant_id, "That is not a tenant's id.")                                                    \
  CODE(token_not_found, "There is no token of this id, or it is another tenant's.")                \
  CODE(too_many_invitations, "The tenant has too many open invitations.")                          \
  CODE(too_many_tokens, "The tenant has too many tokens.")                                         \
  CODE(too_many_uploads, "The tenant has too many unfinished uploads.")                            \
  CODE(upload_gone, "The upload was removed while it was being ingested.")                         \
  CODE(upload_not_found, "There is no such upload.")                                               \
  CODE(upload_settled, "The upload is not waiting to be ingested.")                                \
  CODE(version_not_found, "The dataset has no version of this number.")                            \
  CODE(version_replaced, "A newer version came meanwhile.")
SLUICE_ERROR_CODES(Code, SLUICE_METADATA_CODES)

}  // namespace sluice::metadata
