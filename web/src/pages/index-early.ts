// Runs before the other scripts of `/` are here: asks for the first rows, and for who is logged in.

import { readFilters } from '../app/filters/address'
import { toRequest } from '../app/filters/request'
import { PAGE_SIZE } from '../app/row-pages'
import { ACCOUNT_PATH } from '../sources/account'
import { readEarly } from '../sources/early'
import { rowsPath } from '../sources/list'
import { beginTheme } from '../ui/theme'

void readEarly(rowsPath(toRequest(readFilters(location.search)), { limit: PAGE_SIZE }))
void readEarly(ACCOUNT_PATH)
// When everything is asked for: to read what is stored takes milliseconds.
beginTheme()
