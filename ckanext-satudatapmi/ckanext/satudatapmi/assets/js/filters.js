/* The filters beside a list lie over it on a small screen, as CKAN's own script has it, also where that is not loaded. */
(function () {
  'use strict';

  document.addEventListener('click', function (event) {
    var shown = event.target.closest('.show-filters');
    if (shown || event.target.closest('.hide-filters')) {
      document.body.classList.toggle('filters-modal', Boolean(shown));
    }
  });
}());
