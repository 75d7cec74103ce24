/* xmlsec, with everything switched off that a message could use against us. */
#ifndef MUSTER_SAML_LIBRARY_H
#define MUSTER_SAML_LIBRARY_H

/* Makes the library ready, once a process; aborts where it cannot be made so. */
void saml_library_start(void);

#endif
